import { ClefError } from '../core/index.ts';
import {
  type Keyring,
  type KeyringChange,
  type PublicSigningJwk,
  type Recipient,
  sealKeyring,
  signTrust,
  succeedKeyring,
  type Trust,
} from '../crypto/index.ts';
import { joinStatements, type LoadedKeys, openStatements } from './library-keys.ts';
import type { OpenRecoveryKit } from './recovery-kit.ts';
import type { ServerKey } from './server-key.ts';

/** What an administrator, or whoever has the kit, may do to both keyrings of a library. */
export type KeysChange =
  /** A new epoch for all that is sealed from now on. */
  | { readonly kind: 'rotate' }
  | {
      readonly kind: 'add';
      readonly recipient: Recipient;
      /** Of the same server: with the kit, what it signs is believed from now on. */
      readonly signing: PublicSigningJwk;
      /** The key id of `signing` where it may sign the next keyrings. */
      readonly administrator?: string;
    }
  /** A new epoch without the recipient. Of the administrators this server stays, and those that are named. */
  | { readonly kind: 'revoke'; readonly thumbprint: string; readonly keepAdministrators: readonly string[] };

export interface KeysSigners {
  readonly server: ServerKey;
  /** Its root key signs in place of the server's. */
  readonly kit?: OpenRecoveryKit;
}

/**
 * The keys after a change, read back the way every later start reads them; the same where there is nothing to change.
 * Nothing is written: that, and before it no use of a new epoch, is the caller's. `not-allowed` for who may not sign
 * and for what would lock everyone out.
 */
export async function changeLibraryKeys(
  current: LoadedKeys,
  change: KeysChange,
  signers: KeysSigners,
): Promise<LoadedKeys> {
  assertMaySign(current, signers);
  if (change.kind === 'revoke') assertRevocable(current, change.thumbprint, signers.server);
  const { heads } = current.seen;
  const library = await successor(current.library, heads.library.hash, change, signers);
  const service = await successor(current.service, heads.service.hash, change, signers);
  const trust = change.kind === 'add' ? await trustWith(current.trust, change.signing, signers) : [];
  if (library.length + service.length + trust.length === 0) return current;
  const statements = joinStatements(current.seen.statements, { library, service, trust });
  return openStatements(statements, current.seen, signers.server.identity);
}

function assertMaySign({ library, service, seen }: LoadedKeys, { server, kit }: KeysSigners): void {
  if (kit) {
    if (kit.libraryId === seen.libraryId && kit.rootFingerprint === seen.rootFingerprint) return;
    throw new ClefError('not-allowed', 'the recovery kit is that of another library');
  }
  const { kid } = server.signingKey;
  if ([library, service].every(({ administrators }) => administrators.includes(kid))) return;
  throw new ClefError(
    'not-allowed',
    'this server is no administrator of the keyrings; the recovery kit may change them (--kit)',
  );
}

/** Refuses what no one could take back without the kit, or at all. */
function assertRevocable({ library, service }: LoadedKeys, thumbprint: string, server: ServerKey): void {
  const recipient = [...library.recipients, ...service.recipients].find(
    (one) => one.thumbprint === thumbprint,
  );
  if (!recipient) throw new ClefError('not-found', 'no keyring has a recipient of this thumbprint');
  if (recipient.role === 'recovery') {
    throw new ClefError('not-allowed', 'the recovery key stays: without it no loss could be mended');
  }
  if (thumbprint === server.identity.thumbprint) {
    throw new ClefError(
      'not-allowed',
      'this is the key of this server itself; revoke it from another server, or recover to a new one with the kit',
    );
  }
}

async function successor(
  keyring: Keyring,
  hash: Uint8Array<ArrayBuffer>,
  change: KeysChange,
  { server, kit }: KeysSigners,
): Promise<readonly string[]> {
  const wanted = keyringChange(keyring, change, server.signingKey.kid);
  if (!wanted) return [];
  const loses = (wanted.administrators ?? keyring.administrators).length < keyring.administrators.length;
  // A version that nobody else may sign is left out: who is an administrator no more could still sign that one, from
  // the version that named it, and a second successor would stop every server.
  const aboveVersion = kit && loses ? keyring.version + 1 : undefined;
  const next = succeedKeyring(keyring, hash, {
    ...wanted,
    ...(aboveVersion !== undefined && { aboveVersion }),
  });
  return [await sealKeyring(next, kit?.root ?? server.signingKey)];
}

/** Undefined where this keyring is as it should be. */
function keyringChange(keyring: Keyring, change: KeysChange, ownKid: string): KeyringChange | undefined {
  const { recipients, administrators } = keyring;
  const has = (thumbprint: string): boolean => recipients.some((one) => one.thumbprint === thumbprint);
  switch (change.kind) {
    case 'rotate':
      return { openEpoch: true };
    case 'add': {
      const { recipient, administrator } = change;
      const rises = administrator !== undefined && !administrators.includes(administrator);
      if (has(recipient.thumbprint) && !rises) return undefined;
      return {
        addRecipients: [recipient],
        ...(rises && { administrators: [...administrators, administrator] }),
      };
    }
    default: {
      const staying = new Set([ownKid, ...change.keepAdministrators]);
      const left = administrators.filter((kid) => staying.has(kid));
      if (!has(change.thumbprint) && left.length === administrators.length) return undefined;
      return {
        openEpoch: true,
        removeRecipients: has(change.thumbprint) ? [change.thumbprint] : [],
        administrators: left,
      };
    }
  }
}

/** Only the root key says whose signatures count; without the kit what a new server signs is believed by nobody yet. */
async function trustWith(
  { libraryId, version, keys }: Trust,
  jwk: PublicSigningJwk,
  { kit }: KeysSigners,
): Promise<readonly string[]> {
  if (!kit || keys.some(({ jwk: known }) => known.x === jwk.x)) return [];
  return [
    await signTrust({ libraryId, version: version + 1, keys: [...keys, { role: 'server', jwk }] }, kit.root),
  ];
}
