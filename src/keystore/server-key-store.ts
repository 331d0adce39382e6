import { join } from 'node:path';
import { ClefError, unreachable } from '../core/index.ts';
import { openWithPassphrase, sealWithPassphrase } from './passphrase-box.ts';
import { assertStrongPassphrase } from './passphrase-strength.ts';
import { isMissing, readPrivateFile, writePrivateFile } from './private-file.ts';
import { parseServerKey, type ServerKey, type ServerKeyText } from './server-key.ts';
import { readFile } from 'node:fs/promises';

/** Where the server's private keys lie, and what protects them there: CLEF_SERVER_KEY with its path resolved. */
export type ServerKeyPlace =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'passphrase'; readonly path: string }
  /** `directory` is systemd's $CREDENTIALS_DIRECTORY. */
  | { readonly kind: 'credential'; readonly directory: string | undefined; readonly name: string };

/** From CLEF_SERVER_PASSPHRASE or the terminal; called for `passphrase` places only. */
export type AskPassphrase = () => Promise<string>;

/** Names of systemd credentials (systemd.exec(5), LoadCredential). */
const CREDENTIAL_NAME = /^[\w.-]{1,255}$/;

/**
 * The server's key; undefined where its file does not exist yet. `key-exposed` where others may read it,
 * `wrong-passphrase`, `data-invalid` where it is damaged or the credential is not there.
 */
export async function openServerKey(
  place: ServerKeyPlace,
  askPassphrase: AskPassphrase,
): Promise<ServerKey | undefined> {
  const text = await readServerKey(place, askPassphrase);
  return text === undefined ? undefined : parseServerKey(text);
}

/**
 * Writes a key that was just made; never over another. A weak passphrase is `weak-passphrase`. A systemd
 * credential is made by the administrator, so writing to one is refused.
 */
export async function saveServerKey(
  place: ServerKeyPlace,
  text: ServerKeyText,
  askPassphrase: AskPassphrase,
): Promise<void> {
  switch (place.kind) {
    case 'file':
      return save(place.path, text);
    case 'passphrase': {
      const passphrase = await askPassphrase();
      await assertStrongPassphrase(passphrase);
      return save(place.path, await sealWithPassphrase(text, passphrase));
    }
    case 'credential':
      throw missingCredential(place.name);
    default:
      return unreachable(place);
  }
}

async function readServerKey(place: ServerKeyPlace, ask: AskPassphrase): Promise<string | undefined> {
  switch (place.kind) {
    case 'file':
      return readPrivateFile(place.path, { what: 'the server key file', exposed: 'refuse' });
    case 'passphrase': {
      const box = await readPrivateFile(place.path, { what: 'the server key file', exposed: 'accept' });
      return box === undefined ? undefined : openWithPassphrase(box, await ask(), 'the server key');
    }
    case 'credential':
      return readCredential(place.directory, place.name);
    default:
      return unreachable(place);
  }
}

/** systemd keeps these in memory that is not swapped, for this unit alone; their mode bits say nothing more. */
async function readCredential(directory: string | undefined, name: string): Promise<string> {
  if (!CREDENTIAL_NAME.test(name) || /^\.+$/.test(name)) {
    throw new ClefError('config-invalid', 'CLEF_SERVER_KEY does not name a systemd credential');
  }
  if (directory === undefined) {
    throw new ClefError(
      'config-invalid',
      'CLEF_SERVER_KEY asks for a systemd credential, but systemd passed none ($CREDENTIALS_DIRECTORY is not set)',
    );
  }
  try {
    return await readFile(join(directory, name), 'utf8');
  } catch (error) {
    if (isMissing(error)) throw missingCredential(name);
    throw new ClefError('data-invalid', `the systemd credential ${name} cannot be read`, { cause: error });
  }
}

function missingCredential(name: string): ClefError {
  return new ClefError(
    'data-invalid',
    `systemd passed no credential named ${name}: start once with CLEF_SERVER_KEY=file, encrypt the file with systemd-creds, and load it in the unit`,
  );
}

async function save(path: string, content: string): Promise<void> {
  try {
    await writePrivateFile(path, content, { existing: 'refuse' });
  } catch (cause) {
    throw new ClefError(
      'data-invalid',
      'the server key cannot be written: is there one already, or no such folder?',
      {
        cause,
      },
    );
  }
}
