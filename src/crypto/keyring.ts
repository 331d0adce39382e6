import * as v from 'valibot';
import { type Bytes, ClefError, type LibraryId, toBase64Url } from '../core/index.ts';
import type { Identity, Recipient } from './identity.ts';
import { decodeJson, encodeJson, type JsonValue } from './json.ts';
import { decryptKeys, encryptKeys } from './keyring-envelope.ts';
import {
  type KeyringStatement,
  keyringRejected,
  type SignedKeyring,
  signKeyring,
} from './keyring-statement.ts';
import { base64UrlBytes, firstFault, hexId, wholeNumber } from './schemas.ts';
import type { SigningKey } from './signing-key.ts';
import { generateKey, KEY_BYTES } from './track-key.ts';

export interface EpochKey {
  readonly epoch: number;
  readonly key: Bytes;
}

interface KeyringBase extends Omit<KeyringStatement, 'kind' | 'epochs'> {
  /** Rising; the last is the one that seals, all open. */
  readonly epochs: readonly EpochKey[];
}

/** The keys that wrap track keys. */
export interface LibraryKeyring extends KeyringBase {
  readonly kind: 'library';
  /** Keys the content hash by which imports find duplicates, so that it names no song to others. */
  readonly sourceHashKey: Bytes;
}

/** The keys that seal what servers must read back: app passwords, TOTP seeds. */
export interface ServiceKeyring extends KeyringBase {
  readonly kind: 'service';
}

export type Keyring = LibraryKeyring | ServiceKeyring;

interface FirstKeyring {
  readonly libraryId: LibraryId;
  /** A recovery key must be among them. */
  readonly recipients: readonly Recipient[];
  /** Key ids of servers that may sign successors. */
  readonly administrators: readonly string[];
}

const FIRST_EPOCH = 1;

/** Version 1, for the root key to sign. */
export function createLibraryKeyring(first: FirstKeyring): LibraryKeyring {
  return { kind: 'library', ...firstVersion(first), sourceHashKey: generateKey() };
}

/** Version 1, for the root key to sign. */
export function createServiceKeyring(first: FirstKeyring): ServiceKeyring {
  return { kind: 'service', ...firstVersion(first) };
}

function firstVersion({ libraryId, recipients, administrators }: FirstKeyring) {
  const epochs = [{ epoch: FIRST_EPOCH, key: generateKey() }];
  return { libraryId, version: 1, recipients, administrators, epochs };
}

export interface KeyringChange {
  readonly addRecipients?: readonly Recipient[];
  /** By thumbprint. Opens an epoch too: who leaves keeps what it has, and gets nothing newer. */
  readonly removeRecipients?: readonly string[];
  readonly administrators?: readonly string[];
  readonly openEpoch?: boolean;
  /** To settle a conflict with the root key: the highest version seen in any branch. */
  readonly aboveVersion?: number;
}

/** The next version of an opened keyring, for an administrator of that keyring or the root key to sign. */
export function succeedKeyring<Kind extends Keyring>(
  previous: Kind,
  previousHash: Bytes,
  change: KeyringChange,
): Kind {
  const removed = new Set(change.removeRecipients);
  const added = new Map((change.addRecipients ?? []).map((recipient) => [recipient.thumbprint, recipient]));
  const staying = previous.recipients.filter(
    ({ thumbprint }) => !removed.has(thumbprint) && !added.has(thumbprint),
  );
  if (previous.recipients.filter(({ thumbprint }) => removed.has(thumbprint)).length < removed.size) {
    throw new ClefError('keyring-rejected', 'a recipient to remove is not among those of the keyring');
  }
  const opens = change.openEpoch === true || removed.size > 0;
  const next = { epoch: currentEpoch(previous).epoch + 1, key: generateKey() };
  return {
    ...previous,
    version: Math.max(previous.version, change.aboveVersion ?? 0) + 1,
    previousHash,
    recipients: [...staying, ...added.values()],
    administrators: change.administrators ?? previous.administrators,
    epochs: opens ? [...previous.epochs, next] : previous.epochs,
  };
}

/** The epoch that seals new things. */
export function currentEpoch(keyring: Keyring): EpochKey {
  const newest = keyring.epochs.at(-1);
  if (newest === undefined) throw new ClefError('internal', 'a keyring has no epoch');
  return newest;
}

/** Undefined for an epoch that is not in this version of the keyring. */
export function keyOfEpoch(keyring: Keyring, epoch: number): Bytes | undefined {
  return keyring.epochs.find((candidate) => candidate.epoch === epoch)?.key;
}

/** A compact JWS, signed, around the JWE that holds the keys. */
export async function sealKeyring(keyring: Keyring, signer: SigningKey): Promise<string> {
  const { kind, libraryId, version, previousHash, recipients, administrators } = keyring;
  const statement: KeyringStatement = {
    kind,
    libraryId,
    version,
    ...(previousHash === undefined ? {} : { previousHash }),
    recipients,
    administrators,
    epochs: keyring.epochs.map(({ epoch }) => epoch),
  };
  return signKeyring(statement, await encryptKeys(statement, encodeJson(keysOf(keyring))), signer);
}

function keysOf(keyring: Keyring): JsonValue {
  return {
    kind: keyring.kind,
    library: keyring.libraryId,
    version: keyring.version,
    epochs: keyring.epochs.map(({ epoch, key }) => ({ epoch, key: toBase64Url(key) })),
    ...(keyring.kind === 'library' ? { sourceHashKey: toBase64Url(keyring.sourceHashKey) } : {}),
  };
}

const epochSchema = v.strictObject({ epoch: wholeNumber(1), key: base64UrlBytes(KEY_BYTES) });
const commonKeys = {
  library: hexId<LibraryId>(),
  version: wholeNumber(1),
  epochs: v.array(epochSchema),
};
const keysSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('library'), ...commonKeys, sourceHashKey: base64UrlBytes(KEY_BYTES) }),
  v.strictObject({ kind: v.literal('service'), ...commonKeys }),
]);

async function openKeyring(signed: SignedKeyring, identity: Identity): Promise<Keyring> {
  const keys = parseKeys(await decryptKeys(signed, identity));
  const { kind, libraryId, version, previousHash, recipients, administrators } = signed;
  if (keys.kind !== kind || keys.library !== libraryId || keys.version !== version) {
    throw keyringRejected('its inside belongs to another library or version');
  }
  const { epochs } = keys;
  if (epochs.length !== signed.epochs.length || epochs.some((e, at) => e.epoch !== signed.epochs[at])) {
    throw keyringRejected('its inside holds other epochs than it says');
  }
  const base = {
    libraryId,
    version,
    ...(previousHash === undefined ? {} : { previousHash }),
    recipients,
    administrators,
    epochs,
  };
  return keys.kind === 'library'
    ? { kind: keys.kind, ...base, sourceHashKey: keys.sourceHashKey }
    : { kind: keys.kind, ...base };
}

/**
 * The keys of a keyring that `chooseKeyring` found valid. `keyring-rejected` where it is not meant for this
 * key or contradicts itself, `decryption-failed` where its envelope does not open.
 */
export async function openLibraryKeyring(signed: SignedKeyring, identity: Identity): Promise<LibraryKeyring> {
  const keyring = await openKeyring(signed, identity);
  if (keyring.kind !== 'library') throw keyringRejected('a library keyring expected, got a service keyring');
  return keyring;
}

export async function openServiceKeyring(signed: SignedKeyring, identity: Identity): Promise<ServiceKeyring> {
  const keyring = await openKeyring(signed, identity);
  if (keyring.kind !== 'service') throw keyringRejected('a service keyring expected, got a library keyring');
  return keyring;
}

function parseKeys(plaintext: Bytes): v.InferOutput<typeof keysSchema> {
  let value: JsonValue;
  try {
    value = decodeJson(plaintext);
  } catch {
    // The parser's message quotes what it read, which here is keys.
    throw keyringRejected('its inside is not JSON');
  }
  const parsed = v.safeParse(keysSchema, value);
  if (!parsed.success) throw keyringRejected(`inside, ${firstFault(parsed.issues)}`);
  return parsed.output;
}
