import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runClef, startClef, temporaryFolder } from '../support/clef-process.ts';
import { ffprobe } from '../support/ffprobe.ts';
import { columnFiles, libraryIdOf, namedColumns, nodeFolders } from '../support/matrix-world.ts';
import { Needles } from '../support/needles.ts';
import { seededRandom } from '../support/random.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { musicCollection } from '../support/wesnoth.ts';
import { gate, type Proof } from './proof.ts';
import { formsOf, importOf, windowsOf } from './tools.ts';

const NODES = ['a', 'b', 'c', 'd'];

/** What nodes hold opens for nobody without a key, and nobody needs a key to keep it whole. */
export const keyless: Proof = {
  name: 'keyless',
  shows:
    'all nodes together, without a key, contain no readable byte; with the keys unreadable scrub, repair, drain and rebalance work',
  async run({ small, seed }) {
    const { folder, files } = await musicCollection(small ? 1 : 2);
    await using place = await temporaryFolder('proof-keyless');
    const data = join(place.path, 'data');
    const placeOf = (name: string): string => `${join(place.path, name)}#domain=${name}`;
    const settings = { CLEF_NODES: NODES.map(placeOf).join(','), CLEF_POLICY: '2+1' };
    const server = await startClef({ data, folders: [folder], settings });
    const all = server.settings;
    try {
      await importOf(new SubsonicClient(server.baseUrl, await server.credentials()), files.length);
    } finally {
      await server.stop();
    }
    const folders = await nodeFolders(NODES.map((name) => join(place.path, name)));
    const libraryId = await libraryIdOf(data);
    const { needles, missed } = await needlesOf(files, seededRandom(seed));
    const before = await look([...folders.values()], needles);

    // Nothing opens from here on: neither the server's key nor what it would open.
    const keyFile = join(data, 'server.key');
    await rename(keyFile, `${keyFile}.away`);
    await writeFile(keyFile, 'no key');
    const run = async (...args: string[]): Promise<Record<string, unknown>> => {
      const { status, stdout, stderr } = await runClef(args, all);
      if (status !== 0) throw new Error(`clef ${args.join(' ')} ended with ${status}: ${stderr}`);
      return stdout.trim() === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>);
    };
    const isLocked = (await runClef(['keys', 'status'], all)).status !== 0;
    const [first = ''] = folders.keys();
    const taken = (await columnFiles(folders)).filter(({ node }) => node === first);
    for (const { path } of taken) await rm(path);
    const damaged = await run('vault', 'scrub', '--json');
    const repaired = await run('vault', 'repair', '--json');
    await runClef(['vault', 'node', 'drain', join(place.path, 'b')], all);
    const moved = await run('vault', 'rebalance', '--json');
    const drained = (await columnFiles(folders)).filter(({ node }) =>
      folders.get(node)?.endsWith('/b'),
    ).length;
    const healthy = await run('vault', 'scrub', '--json');
    const files2 = await columnFiles(folders);
    const { named } = namedColumns(data, libraryId);
    const after = await look([...folders.values()], needles);
    await rename(`${keyFile}.away`, keyFile);
    const wrong = await wrongTracks(data, all, files);
    return {
      gates: {
        found: gate(before.found + after.found, 0),
        missedInSource: gate(missed, 0),
        keysLocked: gate(isLocked, true),
        repairedColumns: gate(Number(repaired['repairedColumns']), taken.length),
        unrepairedColumns: gate(Number(repaired['unrepairedColumns']), 0),
        columnsLeftOnDrainedNode: gate(drained, 0),
        unhealthyAfter: gate(Number(healthy['layouts']) - Number(healthy['healthy']), 0),
        leftOver: gate(files2.filter(({ node, name }) => !named.has(`${node} ${name}`)).length, 0),
        wrongTracks: gate(wrong, 0),
      },
      figures: {
        needles: needles.count,
        objects: before.objects,
        objectBytes: before.bytes,
        damagedByHand: damaged['damaged'],
        movedColumns: moved['movedColumns'],
      },
    };
  },
};

/** What a source would be known by: windows of its bytes, and its tags in every form. */
async function needlesOf(
  files: readonly { readonly path: string }[],
  random: () => number,
): Promise<{ readonly needles: Needles; readonly missed: number }> {
  const needles = new Needles();
  let missed = 0;
  for (const { path } of files) {
    const source = await readFile(path);
    const windows = new Needles();
    for (const window of windowsOf(source, random)) {
      needles.add(window);
      windows.add(window);
    }
    // The search is shown to work on where the windows came from.
    missed += windows.count - windows.findIn(source).length;
    for (const value of Object.values((await ffprobe(path)).tags))
      for (const form of formsOf(value)) needles.add(form);
  }
  return { needles, missed };
}

/** Looks at every file of the nodes, objects or not. */
async function look(
  folders: readonly string[],
  needles: Needles,
): Promise<{ readonly found: number; readonly objects: number; readonly bytes: number }> {
  const seen = { found: 0, objects: 0, bytes: 0 };
  for (const folder of folders) {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const object = await readFile(join(entry.parentPath, entry.name));
      seen.objects++;
      seen.bytes += object.length;
      seen.found += needles.findIn(object).length;
    }
  }
  return seen;
}

async function wrongTracks(
  data: string,
  settings: Record<string, string>,
  files: readonly { readonly path: string }[],
): Promise<number> {
  const wanted = new Set<string>();
  for (const { path } of files) wanted.add((await readFile(path)).toString('latin1'));
  const distinct = wanted.size;
  const { CLEF_LISTEN: _, CLEF_DATA: __, ...others } = settings;
  await using server = await startClef({ data, settings: others });
  const client = new SubsonicClient(server.baseUrl, await server.credentials());
  let right = 0;
  for (const { id } of await client.allSongs()) {
    const answer = await fetch(client.url('download', { id: String(id) }));
    if (wanted.delete(Buffer.from(await answer.arrayBuffer()).toString('latin1'))) right++;
  }
  return distinct - right;
}
