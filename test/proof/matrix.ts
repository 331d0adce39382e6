import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ClefServer, runClef, startClef, temporaryFolder } from '../support/clef-process.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { musicCollection } from '../support/wesnoth.ts';
import { gate, type Proof } from './proof.ts';
import { importOf } from './tools.ts';

/** Three nodes, any one of which may go. */
export const matrix: Proof = {
  name: 'matrix',
  shows:
    '2+1 over three directories: a node deleted during playback, an emptied mount, scrub, repair without keys, no revival',
  async run({ small, say }) {
    const { folder, files } = await musicCollection(small ? 1 : 3);
    await using place = await temporaryFolder('proof-matrix');
    const node = (name: string) => join(place.path, name);
    const settings = {
      CLEF_NODES: ['a', 'b', 'c'].map((name) => `${node(name)}#domain=${name}`).join(','),
      CLEF_POLICY: '2+1',
      CLEF_HOT_CACHE_MIB: '0',
    };
    const data = join(place.path, 'data');
    let server = await startClef({ data, folders: [folder], settings });
    const credentials = await server.credentials();
    let client = new SubsonicClient(server.baseUrl, credentials);
    const songs = await importOf(client, files.length);
    const sources = new Map<string, string>();
    for (const { path } of files) sources.set(hash(await readFile(path)), path);

    const wrongWhileLosing = await playWhile(client, songs, sources, () =>
      rm(node('b'), { recursive: true }),
    );
    const missingShown = await stateOf(server, node('b'));
    await mkdir(node('b'));
    const emptiedShown = await stateOf(server, node('b'));
    const wrongWithoutNode = await wrongTracks(client, songs, sources);
    await server.stop();

    // A new disk at the same place, then everything back without any key.
    await clef(['vault', 'replace', node('b')], server.settings);
    const found = JSON.parse(await clef(['vault', 'scrub', '--json'], server.settings)) as {
      damaged: number;
    };
    await hideKeys(data, true);
    const repaired = JSON.parse(await clef(['vault', 'repair', '--json'], server.settings)) as {
      repairedColumns: number;
      unrepairedColumns: number;
    };
    const left = JSON.parse(await clef(['vault', 'scrub', '--json'], server.settings)) as { damaged: number };
    await hideKeys(data, false);
    say(`scrub found ${found.damaged}, repair restored ${repaired.repairedColumns}`);

    // A node sleeps through a removal and comes back with what was removed.
    server = await startClef({ data, settings });
    client = new SubsonicClient(server.baseUrl, credentials);
    const wrongAfterRepair = await wrongTracks(client, songs, sources);
    await server.stop();
    await rename(node('c'), node('c-asleep'));
    const removed = String(songs[0]?.id);
    await clef(['track', 'remove', removed, '--yes'], server.settings);
    await eraseAfterGrace(server.settings);
    await rename(node('c-asleep'), node('c'));
    server = await startClef({ data, settings });
    try {
      client = new SubsonicClient(server.baseUrl, credentials);
      const revived = (await client.allSongs()).some(({ id }) => id === removed);
      await server.stop();
      await eraseAfterGrace(server.settings);
      const audit = JSON.parse(await clef(['vault', 'sweep', '--json'], server.settings)) as {
        unknownAssets: number;
      };
      return {
        gates: {
          wrongWhileLosingANode: gate(wrongWhileLosing, 0),
          wrongWithoutIt: gate(wrongWithoutNode, 0),
          deletedNodeShownOffline: gate(missingShown, 'offline'),
          emptiedNodeShownOffline: gate(emptiedShown, 'offline'),
          repairFailed: gate(repaired.unrepairedColumns, 0),
          repairedAll: gate(repaired.repairedColumns === found.damaged && found.damaged > 0, true),
          damagedAfterRepair: gate(left.damaged, 0),
          wrongAfterRepair: gate(wrongAfterRepair, 0),
          revived: gate(revived, false),
          unknownAssetsAfterReturn: gate(audit.unknownAssets, 0),
        },
        figures: { tracks: files.length, columnsRepaired: repaired.repairedColumns },
      };
    } finally {
      await server.stop('SIGKILL');
    }
  },
};

/** Streams one track slowly and loses something in the middle; 1 for wrong or missing bytes. */
async function playWhile(
  client: SubsonicClient,
  songs: readonly Record<string, unknown>[],
  sources: ReadonlyMap<string, string>,
  lose: () => Promise<void>,
): Promise<number> {
  const largest = songs.toSorted((one, other) => Number(other.size) - Number(one.size))[0];
  const response = await fetch(client.url('stream', { id: String(largest?.id) }));
  const digest = createHash('sha256');
  let received = 0;
  let lost: Promise<void> | undefined;
  const reader = response.body?.getReader();
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { done: true };
    if (done || !value) break;
    digest.update(value);
    received += value.length;
    if (received > 200_000) await (lost ??= lose());
  }
  await lost;
  return received === largest?.size && sources.has(digest.digest('hex')) ? 0 : 1;
}

async function wrongTracks(
  client: SubsonicClient,
  songs: readonly Record<string, unknown>[],
  sources: ReadonlyMap<string, string>,
): Promise<number> {
  let wrong = 0;
  for (const { id } of songs) {
    const response = await fetch(client.url('stream', { id: String(id) }));
    if (!sources.has(hash(await response.bytes()))) wrong++;
  }
  return wrong;
}

async function stateOf(server: ClefServer, place: string): Promise<string> {
  const { nodes } = JSON.parse(await clef(['vault', 'status', '--json'], server.settings)) as {
    nodes: { place: string; state: string }[];
  };
  return nodes.find((node) => node.place === place)?.state ?? 'unknown';
}

async function clef(args: readonly string[], settings: Record<string, string>): Promise<string> {
  const { status, stdout, stderr } = await runClef(args, settings);
  if (status !== 0) throw new Error(`clef ${args.join(' ')} failed: ${stderr}`);
  return stdout;
}

const SECRETS = ['server.key'];

/** Out of reach even for root: under another name. */
async function hideKeys(data: string, hide: boolean): Promise<void> {
  for (const name of SECRETS) {
    const [from, to] = hide ? [name, `${name}.hidden`] : [`${name}.hidden`, name];
    await rename(join(data, from), join(data, to));
    await chmod(join(data, to), hide ? 0o000 : 0o600);
  }
  if (hide && (await readdir(data)).includes('server.key')) throw new Error('the key is still there');
}

/** Sweeps on a clock that is eight days ahead. */
async function eraseAfterGrace(settings: Record<string, string>): Promise<void> {
  const { execFile } = await import('node:child_process');
  const { promisify } = await import('node:util');
  const { clefBinary, clefEnvironment } = await import('../support/clef-process.ts');
  await promisify(execFile)('faketime', ['-f', '+8d', clefBinary, 'vault', 'sweep', '--json'], {
    env: clefEnvironment(settings),
  });
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
