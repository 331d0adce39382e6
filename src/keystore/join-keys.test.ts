import { beforeAll, expect, test } from 'vitest';
import { createKeyedLibrary, type KeyedLibrary, newServer } from '../../test/support/keyed-library.ts';
import { changeLibraryKeys } from './change-keys.ts';
import { joinLibraryKeys } from './join-keys.ts';
import type { LoadedKeys } from './library-keys.ts';
import { parseServerCard, writeServerCard } from './server-card.ts';
import type { ServerKey } from './server-key.ts';

let world: KeyedLibrary;
let other: ServerKey;
/** With the other server as a recipient: by the kit, and by the first server alone. */
let byKit: LoadedKeys;
let byServer: LoadedKeys;
beforeAll(async () => {
  world = await createKeyedLibrary();
  other = await newServer('17');
  const { recipient, signing } = await parseServerCard(writeServerCard(other, 'attic'));
  const add = { kind: 'add', recipient, signing } as const;
  byKit = await changeLibraryKeys(world.first, add, { server: world.server, kit: world.kit });
  byServer = await changeLibraryKeys(world.first, add, { server: world.server });
});

const join = (pin: LoadedKeys, onNodes: LoadedKeys, server = other) =>
  joinLibraryKeys({ pin: pin.seen, fromNodes: onNodes.seen.statements, server });

test('a server that was added by the kit opens what is sealed, and remembers what it accepted', async () => {
  const keys = await join(byKit, byKit);
  expect(keys.library.epochs).toEqual(world.first.library.epochs);
  expect(keys.seen).toEqual(byKit.seen);
});

test('an invitation from before it was added holds, since what came after follows from it', async () => {
  expect((await join(world.first, byKit)).seen).toEqual(byKit.seen);
});

test('what the nodes hold of an earlier time than the invitation is refused', async () => {
  await expect(join(byKit, world.first)).rejects.toMatchObject({
    code: 'keyring-rejected',
    message: expect.stringContaining('rolled back'),
  });
});

test('keys under another root are refused, whatever they open', async () => {
  const stranger = await createKeyedLibrary();
  const { recipient, signing } = await parseServerCard(writeServerCard(other, 'attic'));
  const theirs = await changeLibraryKeys(
    stranger.first,
    { kind: 'add', recipient, signing },
    { server: stranger.server, kit: stranger.kit },
  );
  await expect(join(byKit, theirs)).rejects.toMatchObject({
    code: 'keyring-rejected',
    message: expect.stringContaining('the invitation vouches for'),
  });
});

test('a server that is no recipient is told which card to give where', async () => {
  const third = await newServer('29');
  await expect(join(byKit, byKit, third)).rejects.toMatchObject({
    code: 'keyring-rejected',
    message: expect.stringMatching(
      new RegExp(`${third.identity.thumbprint}.*clef keys card.*clef keys recipients add`),
    ),
  });
});

test('a server that was added without the kit is refused, since nobody believes what it signs', async () => {
  await expect(join(byServer, byServer)).rejects.toMatchObject({
    code: 'signature-invalid',
    message: expect.stringContaining('--kit'),
  });
});
