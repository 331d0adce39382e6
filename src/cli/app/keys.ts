import { rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import type { Logger } from 'pino';
import { ClefError, isClefError, type LibraryId } from '../../core/index.ts';
import {
  assertStrongPassphrase,
  createLibraryKeys,
  createRecoveryKit,
  generatePassphrase,
  generateServerKey,
  type LoadedKeys,
  loadLibraryKeys,
  openServerKey,
  parseServerKey,
  readRecoveryKit,
  readSeenKeys,
  renewKitNodes,
  revealSecret,
  saveServerKey,
  type ServerKey,
  type ServerKeyPlace,
  writeRecoveryKit,
  writeSeenKeys,
} from '../../keystore/index.ts';
import { type NodeSet, readStatements, storeStatements } from '../../vault/index.ts';
import type { Config } from '../config/config.ts';
import type { DataFolder } from '../data-folder.ts';
import { HeldKeys } from './held-keys.ts';
import { shortPath } from '../terminal/format.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { NodeRegistry } from './node-registry.ts';

export interface KeySetting {
  readonly config: Config;
  readonly data: DataFolder;
  readonly registry: Pick<NodeRegistry, 'nodes' | 'places'>;
  readonly terminal: Terminal;
  readonly log: Logger;
  readonly now: () => number;
}

/** What these say changes while a server runs: ask them each time. */
export interface EstablishedKeys {
  /** The newest: they open, and check. */
  readonly keys: LoadedKeys;
  /** The newest that are on a node: they seal. */
  readonly sealing: LoadedKeys;
  readonly server: ServerKey;
  readonly place: ServerKeyPlace;
}

/**
 * The server's key and the library's keyrings. At the very first start both are made, with the recovery kit;
 * the kit's folder gets its name last, so that a start that was cut off begins again from nothing sealed.
 */
export async function establishKeys(setting: KeySetting): Promise<HeldKeys> {
  const {
    data,
    log,
    now,
    registry: { nodes },
  } = setting;
  const { libraryId } = data.identity;
  const place = serverKeyPlace(setting);
  const pendingKit = `${data.recoveryKit}-pending`;
  const seen = await readSeenKeys(data.keyringSeenFile);
  const server = await (seen ? openOwnServerKey(setting) : openOrMakeServerKey(setting));
  const held = (keys: LoadedKeys) =>
    new HeldKeys({ keys, server, place, seenFile: data.keyringSeenFile, libraryId, nodes, log, now });
  if (seen) {
    const keys = await loadLibraryKeys(seen, await readStatements(nodes, libraryId), server.identity);
    for (const error of keys.rejected) log.warn({ err: error }, 'a statement on a node was refused');
    await writeSeenKeys(data.keyringSeenFile, keys.seen);
    await storeStatements(nodes, libraryId, keys.seen.statements);
    await publishKit(pendingKit, data.recoveryKit);
    await renewKit(setting);
    return held(keys);
  }
  await assertNoneThere(nodes, libraryId);
  await rm(pendingKit, { recursive: true, force: true });
  const keys = await makeKeys(setting, server, pendingKit);
  await writeSeenKeys(data.keyringSeenFile, keys.seen);
  await storeStatements(nodes, libraryId, keys.seen.statements);
  await publishKit(pendingKit, data.recoveryKit);
  return held(keys);
}

export function serverKeyPlace({ config, data }: Pick<KeySetting, 'config' | 'data'>): ServerKeyPlace {
  const { serverKey } = config;
  return serverKey.kind === 'credential'
    ? { ...serverKey, directory: process.env.CREDENTIALS_DIRECTORY }
    : { kind: serverKey.kind, path: serverKey.path ?? data.serverKeyFile };
}

type ServerKeySetting = Pick<KeySetting, 'config' | 'data' | 'terminal'>;

/** Undefined where none was made yet. */
export function findServerKey(setting: ServerKeySetting): Promise<ServerKey | undefined> {
  return openServerKey(serverKeyPlace(setting), askServerPassphrase(setting));
}

/** The key of a server that has one, wherever its keyrings stand. */
export async function openOwnServerKey(setting: ServerKeySetting): Promise<ServerKey> {
  const known = await findServerKey(setting);
  if (known) return known;
  throw new ClefError(
    'data-invalid',
    'the server key is missing; put it back, or recover with `clef vault recover` and the kit',
  );
}

function askServerPassphrase({ config, terminal }: ServerKeySetting) {
  return async () =>
    config.serverPassphrase ?? terminal.askSecret('Passphrase of the server key (CLEF_SERVER_PASSPHRASE)');
}

export async function openOrMakeServerKey(setting: ServerKeySetting): Promise<ServerKey> {
  const known = await findServerKey(setting);
  if (known) return known;
  const text = await generateServerKey(setting.data.identity.serverId);
  await saveServerKey(serverKeyPlace(setting), text, askServerPassphrase(setting));
  return parseServerKey(text);
}

/** A library has one beginning: where its keys lie on a node, a join or a recovery was broken off before it wrote them here. */
async function assertNoneThere(nodes: NodeSet, libraryId: LibraryId): Promise<void> {
  const { trust } = await readStatements(nodes, libraryId);
  if (trust.length === 0) return;
  throw new ClefError(
    'data-invalid',
    'the nodes hold keys of this library and the data folder holds none: run `clef server join` or `clef vault recover` (again), whichever brought this server to it',
  );
}

async function makeKeys(
  { data, registry, config, terminal, now }: KeySetting,
  server: ServerKey,
  kitFolder: string,
): Promise<LoadedKeys> {
  const { libraryId } = data.identity;
  const chosen = config.recoveryPassphrase ?? (await askForPassphrase(terminal));
  if (chosen !== undefined) await assertStrongPassphrase(chosen);
  const passphrase = chosen ?? generatePassphrase();
  const { kit, opened } = await createRecoveryKit({
    libraryId,
    passphrase,
    nodes: registry.places,
    createdAtMs: now(),
  });
  await writeRecoveryKit(kitFolder, kit);
  if (chosen === undefined) {
    await revealSecret(
      { label: 'Passphrase of the recovery kit', secret: passphrase, fileName: 'recovery-passphrase' },
      {
        isTerminal: terminal.isInteractive,
        write: (text) => terminal.say(text.trimEnd()),
        folder: data.secrets,
      },
    );
  }
  terminal.say(`Recovery kit: ${shortPath(data.recoveryKit, homedir())}`);
  terminal.say('  Move it away from this machine: with its passphrase it opens everything.');
  return createLibraryKeys({ libraryId, root: opened.root, recovery: opened.recipient, server });
}

/** Undefined where one is to be generated. A weak one, or two that differ, are asked for again. */
export async function askForPassphrase(terminal: Terminal): Promise<string | undefined> {
  if (!terminal.isInteractive) return undefined;
  for (;;) {
    const typed = await terminal.askSecret('Passphrase for the recovery kit (Enter: make one)');
    if (typed.trim() === '') return undefined;
    const fault = await weaknessOf(typed);
    if (fault !== undefined) terminal.say(fault);
    else if ((await terminal.askSecret('The same again')) === typed) return typed;
    else terminal.say('the two passphrases differ');
  }
}

async function weaknessOf(passphrase: string): Promise<string | undefined> {
  try {
    await assertStrongPassphrase(passphrase);
    return undefined;
  } catch (error) {
    if (isClefError(error, 'weak-passphrase')) return error.message;
    throw error;
  }
}

/** A kit that still lies in the data folder names the nodes of today; one that was moved away cannot be reached. */
export async function renewKit({
  data,
  registry: { places },
  log,
}: Pick<KeySetting, 'data' | 'registry' | 'log'>): Promise<void> {
  try {
    const { nodes } = await readRecoveryKit(data.recoveryKit);
    if (JSON.stringify(nodes) !== JSON.stringify(places)) await renewKitNodes(data.recoveryKit, places);
  } catch (error) {
    if (!isClefError(error, 'data-invalid')) throw error;
    log.debug({ err: error }, 'no recovery kit in the data folder');
  }
}

/** Does nothing where the kit was published before, or was moved away. */
async function publishKit(pending: string, kit: string): Promise<void> {
  try {
    await rename(pending, kit);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new ClefError(
        'data-invalid',
        'the recovery kit cannot be put in its place; is there another one?',
        { cause },
      );
    }
  }
}
