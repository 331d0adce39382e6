import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { type ClefServer, runClef, startClef, temporaryFolder } from '../support/clef-process.ts';
import { startFarWorld } from '../support/far-world.ts';
import { seededRandom } from '../support/random.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { waitFor } from '../support/wait-for.ts';
import { toneWav } from '../support/wav.ts';
import { plantAndMend } from './failure-faults.ts';
import { gate, type Proof } from './proof.ts';
import { importOf, median } from './tools.ts';

const RUNS = 5;
/** More than lies in the buffers of sockets, so that what is stored far away is still being asked for. */
const LONG_SECONDS = 300;
const PACE_BYTES = 512 * 1024;
const PACE_MS = 250;
const FAIL_AT_BYTES = 6 * PACE_BYTES;

/** A file server and a bucket's engine lost in the middle of a song, then one more; and what is damaged afterwards. */
export const failure: Proof = {
  name: 'failure',
  shows:
    '4+2 over three folders, two file servers and a bucket: what a listener notices when two fail, and three; repair, and 500 planted faults',
  async run({ small, seed, say }) {
    const runs = small ? 1 : RUNS;
    const tracks = small ? 8 : 140;
    await using place = await temporaryFolder('proof-failure');
    await using world = await startFarWorld(join(place.path, 'nodes'));
    const music = join(place.path, 'music');
    const long = await makeMusic(music, tracks);
    const settings = {
      CLEF_NODES: world.entries.join(','),
      CLEF_POLICY: '4+2',
      CLEF_HOT_CACHE_MIB: '0',
    };
    const data = join(place.path, 'data');
    const server = await startClef({ data, folders: [music], settings });
    try {
      const client = new SubsonicClient(server.baseUrl, await server.credentials());
      const songs = await importOf(client, tracks + 1);
      const id = String(songs.find(({ title }) => title === 'long')?.id);
      const [share, secondShare] = world.shares;

      const stalls: number[] = [];
      let wrong = 0;
      for (let run = 0; run < runs; run++) {
        const isLast = run + 1 === runs;
        const played = await play(client, id, async () => {
          await share.kill();
          // For good only once: what its storage daemon kept in memory goes with it.
          if (isLast) await world.ceph.kill('osd');
          else await world.ceph.pause('osd');
        });
        if (played.digest !== long.digest) wrong++;
        stalls.push(played.longestStallMs);
        say(`two of six lost in mid-song: longest stall ${played.longestStallMs.toFixed(0)} ms`);
        if (isLast) break;
        world.ceph.resume('osd');
        await share.start();
        await allAnswer(server);
      }

      await secondShare.kill();
      // The bucket was found to be away more than once by now; a listener is told soon.
      const refusals = [];
      for (let i = 0; i < runs; i++) refusals.push(await refusal(client, id));
      const wrongWhileRefused = refusals.filter(({ sentBytes }) => sentBytes > 0).length;
      const backAtMs = performance.now();
      await secondShare.start();
      const resumed = await waitFor('music again', async () => {
        const played = await fetchWhole(client, id);
        return played === undefined ? undefined : { digest: played, tookMs: performance.now() - backAtMs };
      });
      if (resumed.digest !== long.digest) wrong++;

      await share.start();
      const bucket = world.entries.at(-1)?.replace(/\?.*$/, '') ?? '';
      const list = v.parse(
        nodeListSchema,
        JSON.parse(await clef(['vault', 'node', 'list', '--json'], server)),
      );
      const lost = list.nodes.find((node) => node.place.startsWith(bucket));
      await clef(['vault', 'node', 'remove', String(lost?.id), '--lost'], server);
      await clef(['vault', 'node', 'add', await world.newBucket()], server);
      const repaired = v.parse(repairSchema, JSON.parse(await clef(['vault', 'repair', '--json'], server)));
      const scrubbed = v.parse(scrubSchema, JSON.parse(await clef(['vault', 'scrub', '--json'], server)));
      say(`repair restored ${repaired.repairedColumns} columns; ${scrubbed.damaged} assets short of one`);
      await server.stop();

      const faults = await plantAndMend({
        data,
        settings: server.settings,
        count: small ? 30 : 500,
        random: seededRandom(seed),
        say,
      });
      return {
        gates: {
          wrongSongs: gate(wrong, 0),
          refused: gate(refusals.filter(({ isRefused }) => isRefused).length, refusals.length),
          bytesSentWhileRefused: gate(wrongWhileRefused, 0),
          unrepairedColumns: gate(repaired.unrepairedColumns, 0),
          damagedAfterRepair: gate(scrubbed.damaged + scrubbed.lost, 0),
          ...faults.gates,
        },
        figures: {
          longestStallMs: median(stalls),
          longestStallsMs: stalls,
          aimOfStallMs: 500,
          refusedAfterMs: median(refusals.map(({ tookMs }) => tookMs)),
          latestRefusalMs: Math.max(...refusals.map(({ tookMs }) => tookMs)),
          aimOfRefusalMs: 2_000,
          refusal: refusals[0]?.said,
          playsAgainAfterMs: resumed.tookMs,
          columnsRepaired: repaired.repairedColumns,
          ...faults.figures,
        },
      };
    } finally {
      await server.stop('SIGKILL');
    }
  },
};

const nodeListSchema = v.object({ nodes: v.array(v.object({ id: v.string(), place: v.string() })) });
const repairSchema = v.object({ repairedColumns: v.number(), unrepairedColumns: v.number() });
const scrubSchema = v.object({ damaged: v.number(), lost: v.number() });

/** Many short pieces that differ in length, and a long one. */
async function makeMusic(folder: string, tracks: number): Promise<{ readonly digest: string }> {
  await mkdir(folder);
  for (let i = 0; i < tracks; i++) await writeFile(join(folder, `${i}.wav`), toneWav(6 + i / 10));
  const long = toneWav(LONG_SECONDS);
  await writeFile(join(folder, 'long.wav'), long);
  return { digest: hash(long) };
}

/** A listener who takes 2 MB a second; what they had to wait for beyond that. */
async function play(
  client: SubsonicClient,
  id: string,
  fail: () => Promise<void>,
): Promise<{ readonly digest: string; readonly longestStallMs: number }> {
  const response = await fetch(client.url('stream', { id }));
  const digest = createHash('sha256');
  let received = 0;
  let paidBytes = 0;
  let longestStallMs = 0;
  let failing: Promise<void> | undefined;
  const reader = response.body?.getReader();
  for (;;) {
    const askedMs = performance.now();
    const { value, done } = (await reader?.read()) ?? { done: true };
    longestStallMs = Math.max(longestStallMs, performance.now() - askedMs);
    if (done || !value) break;
    digest.update(value);
    received += value.length;
    if (received > FAIL_AT_BYTES) failing ??= fail();
    for (; received - paidBytes > PACE_BYTES; paidBytes += PACE_BYTES) await wait(PACE_MS);
  }
  await failing;
  return { digest: digest.digest('hex'), longestStallMs };
}

/** What a player is told that asks for a song of which too much is away. */
async function refusal(client: SubsonicClient, id: string) {
  const askedMs = performance.now();
  const response = await fetch(client.url('stream', { id }));
  const body = new Uint8Array(await response.arrayBuffer().catch(() => new ArrayBuffer(0)));
  const isSound = response.headers.get('content-type')?.startsWith('audio/') === true;
  return {
    tookMs: performance.now() - askedMs,
    isRefused: !isSound,
    sentBytes: isSound ? body.length : 0,
    said: isSound ? '' : `${response.status} ${new TextDecoder().decode(body.subarray(0, 500))}`,
  };
}

async function fetchWhole(client: SubsonicClient, id: string): Promise<string | undefined> {
  const response = await fetch(client.url('stream', { id }));
  if (response.headers.get('content-type')?.startsWith('audio/') !== true) {
    await response.body?.cancel();
    return undefined;
  }
  return response.arrayBuffer().then(
    (bytes) => hash(new Uint8Array(bytes)),
    () => undefined,
  );
}

async function allAnswer(server: ClefServer): Promise<void> {
  await waitFor(
    'all nodes',
    async () => {
      const { nodes } = JSON.parse(await clef(['vault', 'status', '--json'], server)) as {
        nodes: { state: string }[];
      };
      return nodes.every(({ state }) => state === 'online') || undefined;
    },
    { timeoutMs: 60_000 },
  );
}

async function clef(args: readonly string[], server: ClefServer): Promise<string> {
  const { status, stdout, stderr } = await runClef(args, server.settings);
  if (status !== 0) throw new Error(`clef ${args.join(' ')} failed: ${stderr}`);
  return stdout;
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
