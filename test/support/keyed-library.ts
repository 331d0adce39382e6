import type { LibraryId, ServerId } from '../../src/core/index.ts';
import {
  generateIdentity,
  generateSigningKey,
  type Identity,
  type Recipient,
  sealKeyring,
  type SigningKey,
  succeedKeyring,
} from '../../src/crypto/index.ts';
import {
  createLibraryKeys,
  generateServerKey,
  type KeyStatements,
  type LoadedKeys,
  type OpenRecoveryKit,
  parseServerKey,
  type ServerKey,
} from '../../src/keystore/index.ts';

export const NO_STATEMENTS: KeyStatements = { library: [], service: [], trust: [] };

/** A library at its very beginning: the kit's keys, one server, and the first statements. */
export interface KeyedLibrary {
  readonly libraryId: LibraryId;
  readonly root: SigningKey;
  readonly recovery: { readonly identity: Identity; readonly recipient: Recipient };
  readonly server: ServerKey;
  readonly first: LoadedKeys;
  readonly kit: OpenRecoveryKit;
}

export async function createKeyedLibrary(): Promise<KeyedLibrary> {
  const libraryId = 'c3'.repeat(16) as LibraryId;
  const recovery = await generateIdentity('recovery');
  const root = await generateSigningKey();
  const server = await newServer('d4');
  const first = await createLibraryKeys({ libraryId, root, recovery: recovery.recipient, server });
  const kit: OpenRecoveryKit = {
    libraryId,
    createdAtMs: 0,
    rootFingerprint: root.kid,
    recoveryThumbprint: recovery.recipient.thumbprint,
    nodes: [],
    recovery: recovery.identity,
    recipient: recovery.recipient,
    root,
  };
  return { libraryId, root, recovery, server, first, kit };
}

/** `id` is two hexadecimal digits. */
export async function newServer(id: string): Promise<ServerKey> {
  return parseServerKey(await generateServerKey(id.repeat(16) as ServerId));
}

/** What an administrator's server writes when it opens an epoch in the library keyring. */
export async function openEpoch(from: LoadedKeys, signer: SigningKey): Promise<string> {
  const next = succeedKeyring(from.library, from.seen.heads.library.hash, { openEpoch: true });
  return sealKeyring(next, signer);
}
