import { copyFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runClef, startClef, temporaryFolder } from '../support/clef-process.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { musicCollection } from '../support/wesnoth.ts';
import { gate, type Proof } from './proof.ts';
import { missingFrom, tracksOf } from './state.ts';
import { seededRandom } from '../support/random.ts';
import { importOf } from './tools.ts';

/** Killed at random moments, an import ends as an undisturbed one does. */
export const crash: Proof = {
  name: 'crash',
  shows:
    'kill -9 at random moments of an import loses and doubles nothing; an empty or older catalogue deletes nothing',
  async run({ small, seed, say }) {
    const kills = small ? 3 : 30;
    const { folder, files } = await musicCollection(small ? 1 : 4);
    const random = seededRandom(seed);

    await using calm = await temporaryFolder('proof-calm');
    const undisturbed = await startClef({ data: calm.path, folders: [folder] });
    const startedMs = performance.now();
    const calmClient = new SubsonicClient(undisturbed.baseUrl, await undisturbed.credentials());
    await importOf(calmClient, files.length);
    const importMs = performance.now() - startedMs;
    const wanted = (await tracksOf(calmClient)).map(({ facts }) => facts);
    await undisturbed.stop();

    let killed = 0;
    let libraries = 0;
    const totals = { lost: 0, extra: 0, doubledIds: 0, refusedStarts: 0 };
    while (killed < kills) {
      await using data = await temporaryFolder('proof-crash');
      libraries++;
      // Several kills a library, each at a random part of an import, until there is nothing left to import.
      for (let inThis = 0; inThis < 5 && killed < kills; inThis++) {
        const server = await startClef({ data: data.path, folders: [folder] });
        await delay(random() * importMs * 0.5);
        await server.stop('SIGKILL');
        killed++;
      }
      const server = await startClef({ data: data.path, folders: [folder] }).catch(() => undefined);
      if (!server) {
        totals.refusedStarts++;
        continue;
      }
      const client = new SubsonicClient(server.baseUrl, await server.credentials());
      await importOf(client, files.length);
      const tracks = await tracksOf(client);
      const got = tracks.map(({ facts }) => facts);
      totals.lost += missingFrom(wanted, got);
      totals.extra += missingFrom(got, wanted);
      totals.doubledIds += tracks.length - new Set(tracks.map(({ id }) => id)).size;
      await server.stop();
      say(`${killed} kills`);
    }

    const swept = await sweepWithoutCatalogue(folder, files.length, random);
    return {
      gates: {
        lost: gate(totals.lost, 0),
        extra: gate(totals.extra, 0),
        doubledIds: gate(totals.doubledIds, 0),
        refusedStarts: gate(totals.refusedStarts, 0),
        deletedWithEmptyCatalogue: gate(swept.empty, 0),
        deletedWithOlderCatalogue: gate(swept.older, 0),
      },
      figures: {
        kills: killed,
        libraries,
        tracks: files.length,
        importSeconds: Number((importMs / 1000).toFixed(1)),
      },
    };
  },
};

/** Puts an older catalogue, then none, in the place of the one that knows the assets, and sweeps. */
async function sweepWithoutCatalogue(
  folder: string,
  tracks: number,
  random: () => number,
): Promise<{ empty: number; older: number }> {
  await using data = await temporaryFolder('proof-sweep');
  const catalogue = join(data.path, 'catalog.sqlite');
  const older = join(data.path, 'older.sqlite');
  let server = await startClef({ data: data.path, folders: [folder] });
  await delay(random() * 1500);
  await server.stop();
  await copyFile(catalogue, older);
  server = await startClef({ data: data.path, folders: [folder] });
  await importOf(new SubsonicClient(server.baseUrl, await server.credentials()), tracks);
  await server.stop();

  const before = await objectsIn(join(data.path, 'vault'));
  await dropCatalogue(catalogue);
  await copyFile(older, catalogue);
  await sweep(server.settings);
  const afterOlder = await objectsIn(join(data.path, 'vault'));
  await dropCatalogue(catalogue);
  await sweep(server.settings);
  const afterEmpty = await objectsIn(join(data.path, 'vault'));
  return { older: missingFrom(before, afterOlder), empty: missingFrom(before, afterEmpty) };
}

async function dropCatalogue(file: string): Promise<void> {
  for (const end of ['', '-wal', '-shm']) await rm(`${file}${end}`, { force: true });
}

async function sweep(settings: Record<string, string>): Promise<void> {
  const { status, stderr } = await runClef(['vault', 'sweep', '--json'], settings);
  if (status !== 0) throw new Error(`clef vault sweep failed: ${stderr}`);
}

/** Asset columns only: the library log adds and replaces its own. */
async function objectsIn(node: string): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(node, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !path.includes('/log/')) names.push(`${path} ${(await stat(path)).size}`);
  }
  return names;
}
