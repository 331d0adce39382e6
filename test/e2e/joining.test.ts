import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { createSqlCatalog, Database, type MysqlAddress } from '../../src/catalog/sql/index.ts';
import { parseInvitation } from '../../src/cli/app/invitation.ts';
import { join as joinLibrary } from '../../src/cli/app/join.ts';
import { readNodeFile } from '../../src/cli/app/node-file.ts';
import { parseConfig } from '../../src/cli/config/config.ts';
import { callControl, connectToControl } from '../../src/cli/control/client.ts';
import { controlSocketOf, holdsLibrary } from '../../src/cli/data-folder.ts';
import type { Shell } from '../../src/cli/shell.ts';
import type { LibraryId } from '../../src/core/index.ts';
import {
  type ClefServer,
  type Credentials,
  runClef,
  startClef,
  temporaryFolder,
} from '../support/clef-process.ts';
import { fileOfPackage } from '../support/debian.ts';
import { FIRST_START } from '../support/run-clef.ts';
import { leaseDatabase } from '../support/shared-mariadb.ts';
import { MARIADBD } from '../support/start-mariadb.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { waitFor } from '../support/wait-for.ts';
import { toneWav } from '../support/wav.ts';

const sounds = [1, 2].map((seconds) => Buffer.from(toneWav(seconds)));

it('a second server takes up a library, plays and imports, and a recovery finds what both of them did', async (context) => {
  fileOfPackage('mariadb-server', MARIADBD, context);
  await using place = await temporaryFolder('joining');
  await using lease = await leaseDatabase();
  const catalogAt = async ({ host, port, database, user, password }: MysqlAddress) => {
    const keyFile = join(place.path, `${database}.key`);
    await writeFile(keyFile, `user = "${user}"\npassword = "${password}"\n`, { mode: 0o600 });
    return `mysql://${host}:${port}/${database}?key=${keyFile}`;
  };
  const folders = ['one', 'two'].map((name) => join(place.path, name));
  for (const [at, folder] of folders.entries()) {
    await mkdir(folder);
    await writeFile(join(folder, `song ${at + 1}.wav`), sounds[at] ?? '');
  }
  const nodes = ['a', 'b'].map((name) => join(place.path, name));
  const shared = { CLEF_CATALOG: await catalogAt(lease.address) };
  const first = {
    data: join(place.path, 'first'),
    settings: {
      ...shared,
      CLEF_NODES: nodes.map((path, at) => `${path}#domain=d${at}`).join(','),
      CLEF_POLICY: '1+1',
    },
  };
  // Of domains and policy it hears from the other one.
  const second = { data: join(place.path, 'second'), settings: { ...shared, CLEF_NODES: nodes.join(',') } };
  const settings = { ...second.settings, CLEF_DATA: second.data };

  await using one = await startClef({ ...first, folders: [folders[0] ?? ''] });
  const made = await ask(first.data, 'app-password.create', { name: 'admin', client: 'test' });
  const credentials = v.parse(v.object({ username: v.string(), password: v.string() }), made);
  expect(await songsOf(one, credentials, 1)).toEqual(sounds.slice(0, 1));

  const { stdout: card } = await runClef(['keys', 'card', '--name', 'attic'], settings);
  const kit = join(first.data, 'recovery-kit');
  const addBy = (more: object) => ask(first.data, 'keys.add', { card, administrator: false, ...more });
  const invite = async () => parseInvitation(String((await ask(first.data, 'server.invite')).invitation));
  const early = await invite();
  const joining = (changed: NodeJS.ProcessEnv = {}, invitation = early) =>
    joinLibrary(shellOf({ ...settings, ...changed }), invitation);
  const refusal = (...args: Parameters<typeof joining>) =>
    joining(...args).then(
      () => 'joined',
      ({ message }: Error) => message,
    );

  expect(await refusal()).toMatch(/is no recipient .*clef keys recipients add/);
  await addBy({});
  expect(await refusal()).toContain('added without the recovery kit');
  const passphrase = FIRST_START.CLEF_RECOVERY_PASSPHRASE;
  expect(await addBy({ kit: { folder: kit, passphrase } })).toMatchObject({ isTrusted: true });
  expect(await refusal({ CLEF_DATA: join(place.path, 'empty') })).toContain('has no key yet');
  expect(await refusal({ CLEF_NODES: nodes[0] ?? '' })).toContain('lacks 1 of the library’s nodes');
  expect(await refusal({ CLEF_CATALOG: undefined })).toContain('CLEF_CATALOG names no database');
  const pin = { ...early.pin, rootFingerprint: 'A'.repeat(43) };
  expect(await refusal({}, { ...early, pin })).toContain('the invitation vouches for');
  expect(await refusal({ CLEF_DATA: first.data })).toContain('another Clef server is using this data folder');
  {
    await using elsewhere = await leaseDatabase();
    const strange = { CLEF_CATALOG: await catalogAt(elsewhere.address) };
    expect(await refusal(strange)).toContain('a database without a catalogue');
    await using database = await Database.connect(elsewhere.address);
    await createSqlCatalog(database).ensureLibrary('ab'.repeat(16) as LibraryId, 'Another');
    expect(await refusal(strange)).toContain('the catalogue of another library');
  }
  expect((await readdir(second.data)).toSorted()).toEqual(['clef.json', 'lock.sqlite', 'server.key']);

  const { invitation: line } = await ask(first.data, 'server.invite');
  const joined = await runClef(['server', 'join', String(line)], settings);
  expect(joined).toMatchObject({ status: 0, stdout: expect.stringContaining(early.pin.libraryId) as string });
  expect(await refusal({}, { ...early, pin })).toContain('the data folder holds another library');
  const nodesFile = join(second.data, 'nodes.json');
  await joining({}, { ...early, policy: { k: 2, m: 0 } });
  expect((await readNodeFile({ nodesFile })).policy).toEqual({ k: 2, m: 0 });

  // As a join leaves it that was killed between its steps.
  const { libraryId } = early.pin;
  for (const lost of [['keyring-seen.json'], ['keyring-seen.json', 'nodes.json']]) {
    for (const name of lost) await rm(join(second.data, name));
    expect(await holdsLibrary(second.data)).toBe(false);
    expect(await joining()).toMatchObject({ libraryId, nodes: 2, nodesOffline: 0 });
  }

  await using two = await startClef({ ...second, isFirstStart: true });
  expect(await songsOf(two, credentials, 1)).toEqual(sounds.slice(0, 1));
  expect(await ask(second.data, 'vault.policy.show')).toMatchObject({ policy: '1+1' });
  expect(await ask(second.data, 'import', { folders: [folders[1]], acceptLoss: false })).toMatchObject({
    added: 1,
    failures: [],
  });
  expect(await songsOf(two, credentials, 2)).toEqual(sounds);
  expect(two.log()).not.toMatch(/Recovery kit|Login password|demo album/);
  expect(await readdir(place.path)).not.toContain('clef-demo-album');

  expect(await songsOf(one, credentials, 2)).toEqual(sounds);
  for (const server of [one, two]) await server.stop();

  const moved = join(place.path, 'kit');
  await rename(kit, moved);
  const { CLEF_NODES } = first.settings;
  const recovered = await runClef(['vault', 'recover', '--kit', moved, '--json'], {
    ...FIRST_START,
    CLEF_NODES,
    CLEF_DATA: join(place.path, 'recovered'),
  });
  const intact = { missing: [], refused: 0 };
  expect(JSON.parse(recovered.stdout)).toMatchObject({ tracks: 2, adopted: 0, chains: [intact, intact] });
});

/** For what a command does, without a process for it. */
function shellOf(env: NodeJS.ProcessEnv): Shell {
  return {
    config: parseConfig({ env }),
    dataRoot: env['CLEF_DATA'] ?? '',
    terminal: {
      isInteractive: false,
      print: () => undefined,
      say: () => undefined,
      askSecret: () => Promise.reject(new Error('nobody is asked')),
    },
    signal: new AbortController().signal,
    now: Date.now,
  };
}

async function songsOf(
  server: ClefServer,
  credentials: Credentials,
  count: number,
): Promise<readonly Buffer[]> {
  const client = new SubsonicClient(server.baseUrl, credentials);
  const songs = await waitFor('the songs', async () => {
    const all = await client.allSongs();
    return all.length === count ? all : undefined;
  });
  const titles = songs.map(({ id, title }) => ({ id: String(id), title: String(title) }));
  const bytes: Buffer[] = [];
  for (const { id } of titles.toSorted((a, b) => a.title.localeCompare(b.title))) {
    const answer = await fetch(client.url('download', { id }));
    bytes.push(Buffer.from(await answer.arrayBuffer()));
  }
  return bytes;
}

/** As the command line does, without a process for it. */
async function ask(data: string, operation: string, args: unknown = {}): Promise<Record<string, unknown>> {
  const socket = await connectToControl(controlSocketOf(data));
  if (!socket) throw new Error('the server listens for commands');
  const context = { signal: new AbortController().signal, onProgress: () => undefined };
  return (await callControl(socket, { operation, args }, context)) as Record<string, unknown>;
}
