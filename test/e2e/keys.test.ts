import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { callControl, connectToControl } from '../../src/cli/control/client.ts';
import { controlSocketOf } from '../../src/cli/data-folder.ts';
import {
  changeLibraryKeys,
  openStatements,
  parseServerKey,
  readSeenKeys,
  writeServerCard,
} from '../../src/keystore/index.ts';
import { runClef, startClef, temporaryFolder } from '../support/clef-process.ts';
import { newServer } from '../support/keyed-library.ts';
import { solidPng, toneWav } from '../support/media-tags.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';

interface Song {
  readonly id: string;
  readonly title: string;
}

it('keys are changed and audio is sealed anew while people listen, and nodes and kit bring all of it back', async () => {
  await using place = await temporaryFolder('keys');
  const data = join(place.path, 'data');
  const music = join(place.path, 'music');
  const nodes = ['a', 'b'].map((name) => join(place.path, name));
  await mkdir(music);
  for (const seed of [1, 2, 3]) {
    await writeFile(join(music, `${seed}.wav`), toneWav(0.2, seed, { INAM: `Song ${seed}`, IPRD: 'Album' }));
  }
  await writeFile(join(music, 'cover.png'), solidPng(16, [200, 30, 60]));
  const storage = {
    CLEF_NODES: nodes.map((path, at) => `${path}#domain=d${at}`).join(','),
    CLEF_POLICY: '1+1',
  };
  await using server = await startClef({ data, folders: [music], settings: storage });
  const credentials = await server.credentials();
  const client = new SubsonicClient(server.baseUrl, credentials);
  await expect.poll(async () => (await songsOf(client)).length, { timeout: 60_000 }).toBe(3);
  const songs = await songsOf(client);
  const sounds = await soundsOf(client, songs);
  const clef = async (...args: string[]) => {
    const { stdout } = await runClef([...args, '--json'], server.settings);
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  /** As the command line does, without a process for it. */
  const ask = async (operation: string, args: unknown = {}) => {
    const socket = await connectToControl(controlSocketOf(data));
    if (!socket) throw new Error('the server listens for commands');
    const context = { signal: new AbortController().signal, onProgress: () => undefined };
    return (await callControl(socket, { operation, args }, context)) as Record<string, unknown>;
  };

  const other = await newServer('17');
  const card = join(place.path, 'attic.json');
  await writeFile(card, writeServerCard(other, 'attic'));
  const added = await clef('keys', 'recipients', 'add', card);
  expect(added).toMatchObject({ isChanged: true, isTrusted: false, epoch: 1, holders: 2, nodes: 2 });
  const listed = await ask('keys.recipients');
  const recipients = listed.recipients as { thumbprint: string; name?: string; isThisServer: boolean }[];
  expect(recipients.find(({ name }) => name === 'attic')?.thumbprint).toBe(other.identity.thumbprint);
  const own = recipients.find(({ isThisServer }) => isThisServer)?.thumbprint ?? '';
  const refused = await runClef(['keys', 'revoke', '--', own], server.settings);
  expect(refused.stderr).toContain('the key of this server itself');

  const revoked = await clef('keys', 'revoke', 'attic');
  expect(revoked).toMatchObject({ isChanged: true, epoch: 2, holders: 2, isForkable: false });
  // A player signs in with what is sealed in the service keyring, whose epoch is new too.
  expect(await soundsOf(client, songs)).toEqual(sounds);

  const planned = await ask('keys.reseal', { dryRun: true });
  expect(planned).toMatchObject({ isDryRun: true, found: [{ epoch: 1, assets: 7 }] });
  const resealed = await clef('keys', 'reseal', '--all');
  expect(resealed).toMatchObject({ resealed: 4, buried: 7, failed: 0, epoch: 2 });
  expect(await songsOf(client)).toEqual(songs);
  expect(await soundsOf(client, songs)).toEqual(sounds);
  expect(await ask('keys.reseal', { dryRun: false })).toMatchObject({ resealed: 0, buried: 0 });
  // The old ones lie there until a sweep a week later.
  expect(await assetsOn(nodes[0])).toBe(14);
  expect(await ask('vault.sweep', { confirmed: false })).toMatchObject({
    tombstonedRemoved: 0,
    kept: { 'tombstone-too-young': 7 },
  });

  const kit = join(place.path, 'kit');
  await rename(join(data, 'recovery-kit'), kit);
  expect(await ask('status')).toMatchObject({ drill: { isDue: false }, reminders: [] });
  const passphrase = server.settings.CLEF_RECOVERY_PASSPHRASE;
  expect(await ask('keys.drill', { kit, passphrase })).toMatchObject({ epochCount: 2, rejectedCount: 0 });
  expect((await ask('status')).drill).toMatchObject({ lastAt: expect.any(String) as string, isDue: false });

  // Somebody else signed a successor of a version that has one: nothing is changed until the kit keeps one of them.
  const rotate = () => ask('keys.rotate');
  await forkKeyrings(data, nodes[0] ?? '');
  await expect(rotate()).rejects.toMatchObject({ code: 'keyring-conflict' });
  expect(await ask('keys.settle', { kit, passphrase, keep: [] })).toMatchObject({
    kept: [{ kind: 'library' }, { kind: 'service' }],
    givenUp: [{ kind: 'library' }, { kind: 'service' }],
    needsRestart: false,
  });
  expect(await rotate()).toMatchObject({ epoch: 4, holders: 2 });
  expect(await soundsOf(client, songs)).toEqual(sounds);
  expect(await server.stop()).toBe(0);

  const settings = { ...server.settings, CLEF_DATA: join(place.path, 'new-data') };
  const recovery = await runClef(['vault', 'recover', '--kit', kit, '--json'], settings);
  expect(JSON.parse(recovery.stdout)).toMatchObject({ tracks: 3, albums: 1, adopted: 0 });
  await using heir = await startClef({ data: settings.CLEF_DATA, settings: storage });
  const again = new SubsonicClient(heir.baseUrl, credentials);
  expect(await songsOf(again)).toEqual(songs);
  expect(await soundsOf(again, songs)).toEqual(sounds);
});

async function songsOf(client: SubsonicClient): Promise<Song[]> {
  const { searchResult3 } = await client.get('search3', { query: '' });
  const { song = [] } = searchResult3 as { song?: Song[] };
  return song.map(({ id, title }) => ({ id, title })).toSorted((a, b) => a.title.localeCompare(b.title));
}

async function soundsOf(client: SubsonicClient, songs: readonly Song[]): Promise<string[]> {
  return Promise.all(
    songs.map(async ({ id }) => {
      const response = await fetch(client.url('download', { id }));
      return createHash('sha256')
        .update(await response.bytes())
        .digest('hex');
    }),
  );
}

/** Puts a second successor of the version before the newest on a node, of both keyrings. */
async function forkKeyrings(data: string, node: string): Promise<void> {
  const server = await parseServerKey(await readFile(join(data, 'server.key'), 'utf8'));
  const seen = await readSeenKeys(join(data, 'keyring-seen.json'));
  if (!seen) throw new Error('the server has seen its keys');
  const { libraryId, rootFingerprint } = seen;
  const { library, service, trust } = seen.statements;
  const earlier = { library: library.slice(0, -1), service: service.slice(0, -1), trust };
  const before = await openStatements(earlier, { libraryId, rootFingerprint }, server.identity);
  const { seen: forked } = await changeLibraryKeys(before, { kind: 'rotate' }, { server });
  for (const kind of ['library', 'service'] as const) {
    const jws = forked.statements[kind].at(-1) ?? '';
    const name = `${kind}-${createHash('sha256').update(jws).digest('hex').slice(0, 32)}.jws`;
    await writeFile(join(node, libraryId, 'keys', name), jws);
  }
}

async function assetsOn(node: string | undefined): Promise<number> {
  const names = await readdir(node ?? '', { recursive: true });
  return names.filter((name) => /\/[0-9a-f]{32}\.[01]$/.test(name)).length;
}
