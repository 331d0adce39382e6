import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { clefBinary, clefEnvironment, runClef, startClef, temporaryFolder } from '../support/clef-process.ts';
import { unreachable } from '../../src/core/index.ts';
import {
  columnFiles,
  libraryIdOf,
  missingColumns,
  namedColumns,
  nodeFolders,
} from '../support/matrix-world.ts';
import { seededRandom } from '../support/random.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { toneWav } from '../support/wav.ts';
import { gate, type Proof } from './proof.ts';

const run = promisify(execFile);
const NODES = ['a', 'b', 'c', 'd', 'e'];
/** Fast enough to end, slow enough to be met at work: it takes some seconds either way. */
const LIMIT_MIB = { full: '8', small: '1' };
/** Of what a killed run takes beyond the start of a process; later ones have ended by themselves. */
const WORK_MS = 2_500;

/** What is killed, and what gives it something to do. */
type Work = 'rebalance' | 'repair' | 'drain' | 'policy' | 'reseal';
const WORKS: readonly Work[] = ['rebalance', 'repair', 'drain', 'policy', 'reseal'];
/** When the sweeps at the end take place: what a reseal leaves is buried a week after its last use, and erased a week later. */
const SWEEPS = ['+2d', '+9d', '+17d', '+25d'];

/** Killed at random moments, what moves, mends and reseals goes on where it was, and leaves nothing behind. */
export const killed: Proof = {
  name: 'killed',
  shows:
    'kill -9 at random moments of rebalance, repair, drain, policy change and reseal: resumes, ends right, nothing lost, no column left over',
  async run({ small, seed, say }) {
    const kills = small ? 5 : 50;
    const tracks = small ? 6 : 24;
    const random = seededRandom(seed);
    await using place = await temporaryFolder('proof-killed');
    const world = await createWorld(place.path, tracks, small ? LIMIT_MIB.small : LIMIT_MIB.full);
    const { data, settings, folders, libraryId } = world;
    const atFirst = namedColumns(data, libraryId).named;

    const startedMs = performance.now();
    await finish(['vault', 'policy', 'show'], settings);
    const startMs = performance.now() - startedMs;

    let missingAfterKill = 0;
    let atWork = 0;
    const byWork = Object.fromEntries(WORKS.map((work) => [work, 0]));
    for (let i = 0; i < kills; i++) {
      const work = WORKS[i % WORKS.length] ?? 'rebalance';
      const args = await prepare(work, world, random, i);
      const before = namedColumns(data, libraryId);
      const missingBefore = await missingColumns(before, folders);
      const isKilled = await runAndKill(args, settings, startMs * 0.8 + random() * WORK_MS);
      if (isKilled) byWork[work] = (byWork[work] ?? 0) + 1;
      const after = namedColumns(data, libraryId);
      const missing = await missingColumns(after, folders);
      const hasBegun = after.claims > 0 || [...after.named].some((one) => !before.named.has(one));
      if (isKilled && (hasBegun || (missing > 0 && missing < missingBefore))) atWork++;
      // What was taken away for a repair is missing until that has ended.
      if (work !== 'repair') missingAfterKill += missing;
      else await finish(['vault', 'repair'], settings);
      if ((i + 1) % 10 === 0) say(`${i + 1} kills`);
    }

    await takeBackDrained(world);
    await finish(['keys', 'reseal', '--all'], settings);
    for (const when of SWEEPS) await sweepAt(when, settings);
    await finish(['vault', 'policy', 'set', '3+2'], settings);
    await finish(['vault', 'repair'], settings);
    await finish(['vault', 'rebalance'], settings);
    const named = namedColumns(data, libraryId);
    const files = await columnFiles(folders);
    const leftOver = files.filter(({ node, name }) => !named.named.has(`${node} ${name}`)).length;
    const scrubbed = JSON.parse((await runClef(['vault', 'scrub', '--json'], settings)).stdout) as {
      layouts: number;
      healthy: number;
    };
    const wrong = await wrongTracks(world, tracks);
    return {
      gates: {
        namedButMissingAfterKill: gate(missingAfterKill, 0),
        namedButMissingAtLast: gate(await missingColumns(named, folders), 0),
        columnsLeftOver: gate(leftOver, 0),
        claimsLeftOver: gate(named.claims, 0),
        assets: gate(assetsIn(named.named), assetsIn(atFirst)),
        sealedAsBefore: gate(await toReseal(settings), 0),
        otherPolicies: gate([...named.policies].join(' '), '3+2'),
        unhealthy: gate(scrubbed.layouts - scrubbed.healthy, 0),
        wrongTracks: gate(wrong, 0),
      },
      figures: {
        kills,
        startMs: Math.round(startMs),
        killedAtWork: atWork,
        byWork,
        tracks,
        columnsAtFirst: atFirst.size,
        columns: named.named.size,
      },
    };
  },
};

interface World {
  readonly place: string;
  readonly data: string;
  readonly settings: Record<string, string>;
  readonly folders: ReadonlyMap<string, string>;
  readonly libraryId: string;
  readonly sources: readonly Buffer[];
  readonly limited: readonly string[];
  readonly drained: Set<string>;
}

function placeOf(place: string, name: string): string {
  return `${join(place, name)}#domain=${name}`;
}

async function createWorld(place: string, tracks: number, limitMib: string): Promise<World> {
  const music = join(place, 'music');
  await mkdir(music);
  const sources: Buffer[] = [];
  for (let i = 0; i < tracks; i++) {
    const wav = Buffer.from(toneWav(i + 1));
    sources.push(wav);
    await writeFile(join(music, `song ${i}.wav`), wav);
  }
  const data = join(place, 'data');
  const settings = {
    CLEF_DATA: data,
    CLEF_ADMIN_PASSWORD: 'correct horse battery staple',
    CLEF_RECOVERY_PASSPHRASE: 'velvet otter piano gravel',
    CLEF_NODES: NODES.map((name) => placeOf(place, name)).join(','),
    CLEF_POLICY: '2+1',
  };
  await finish(['import', music], settings);
  const folders = await nodeFolders(NODES.map((name) => join(place, name)));
  return {
    place,
    data,
    settings,
    folders,
    libraryId: await libraryIdOf(data),
    sources,
    limited: ['--limit', limitMib],
    drained: new Set(),
  };
}

async function takeBackDrained({ place, settings, drained }: World): Promise<void> {
  for (const name of drained) await finish(['vault', 'node', 'add', placeOf(place, name)], settings);
  drained.clear();
}

/** Gives the work something to do, and answers its command. */
async function prepare(
  work: Work,
  world: World,
  random: () => number,
  round: number,
): Promise<readonly string[]> {
  const { place, settings, folders, limited, data, libraryId } = world;
  const nodeAt = (at: number): string => NODES[at % NODES.length] ?? 'a';
  switch (work) {
    case 'rebalance':
      // Whatever is drained comes back.
      await takeBackDrained(world);
      return ['vault', 'rebalance', ...limited];
    case 'drain':
      await takeBackDrained(world);
      world.drained.add(nodeAt(round));
      await finish(['vault', 'node', 'drain', join(place, nodeAt(round))], settings);
      return ['vault', 'rebalance', ...limited];
    case 'repair': {
      const node = [...folders.keys()][Math.floor(random() * folders.size)];
      // Nobody repairs what was buried by a reseal.
      const { inUse } = namedColumns(data, libraryId);
      for (const file of await columnFiles(folders)) {
        const isInUse = inUse.has(`${file.node} ${file.name}`);
        if (file.node === node && isInUse && random() < 0.7) await rm(file.path);
      }
      return ['vault', 'repair', ...limited];
    }
    case 'policy':
      // One node may be drained: four columns at most.
      return ['vault', 'policy', 'set', round % 10 < 5 ? '1+1' : '2+2', ...limited];
    case 'reseal':
      await finish(['keys', 'rotate'], settings);
      return ['keys', 'reseal', '--all', ...limited];
  }
  return unreachable(work);
}

/** False where it ended by itself before. */
async function runAndKill(
  args: readonly string[],
  settings: Record<string, string>,
  afterMs: number,
): Promise<boolean> {
  const child = spawn(clefBinary, args, { env: clefEnvironment(settings), stdio: 'ignore', detached: true });
  const ended = once(child, 'close');
  await Promise.race([ended, delay(afterMs)]);
  if (child.exitCode !== null || child.pid === undefined) return false;
  // The launcher and what it launched: a group of their own.
  process.kill(-child.pid, 'SIGKILL');
  await ended;
  return true;
}

async function finish(args: readonly string[], settings: Record<string, string>): Promise<void> {
  const { status, stderr } = await runClef(args, settings);
  if (status !== 0) throw new Error(`clef ${args.slice(0, 3).join(' ')} ended with ${status}: ${stderr}`);
}

async function sweepAt(when: string, settings: Record<string, string>): Promise<void> {
  await run('faketime', ['-f', when, clefBinary, 'vault', 'sweep', '--yes'], {
    env: clefEnvironment(settings),
  });
}

/** Assets in use that are not of the epoch that seals. */
async function toReseal(settings: Record<string, string>): Promise<number> {
  const { stdout } = await runClef(['keys', 'reseal', '--all', '--dry-run', '--json'], settings);
  const { found } = JSON.parse(stdout) as { found: readonly { assets: number }[] };
  return found.reduce((sum, { assets }) => sum + assets, 0);
}

/** Of `NODE LIBRARY/…/ASSET/LAYOUT.COLUMN`, each counted once. */
function assetsIn(columns: ReadonlySet<string>): number {
  return new Set(Array.from(columns, (column) => column.split('/').at(-2))).size;
}

/** Tracks that do not come back as they were imported. */
async function wrongTracks({ data, settings, sources }: World, tracks: number): Promise<number> {
  await using server = await startClef({ data, settings });
  const client = new SubsonicClient(server.baseUrl, await server.credentials());
  const songs = await client.allSongs();
  const wanted = new Set(sources.map((source) => source.toString('latin1')));
  let right = 0;
  for (const { id } of songs) {
    const answer = await fetch(client.url('download', { id: String(id) }));
    if (wanted.delete(Buffer.from(await answer.arrayBuffer()).toString('latin1'))) right++;
  }
  return tracks - right;
}
