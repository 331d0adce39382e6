import { ClefError, isClefError } from '../core/index.ts';
import { chooseKeyring, type KeyringKind } from '../crypto/index.ts';
import { type KeyStatements, type LoadedKeys, openStatements, type SeenKeys } from './library-keys.ts';
import type { ServerKey } from './server-key.ts';

/** How far the keys of a library had come when a server of it invited another: no older ones count. */
export type LibraryPin = Omit<SeenKeys, 'statements'>;

export interface KeysJoin {
  /** From the invitation, never from a node. */
  readonly pin: LibraryPin;
  readonly fromNodes: KeyStatements;
  readonly server: ServerKey;
}

/**
 * The keys of a library that let this server in: it opens both keyrings, and what it signs is believed. Throws
 * `keyring-rejected` where the nodes show others than the invitation says or this server is no recipient,
 * `signature-invalid` where it is one and the root key does not vouch for it, `keyring-conflict`.
 */
export async function joinLibraryKeys({ pin, fromNodes, server }: KeysJoin): Promise<LoadedKeys> {
  for (const kind of ['library', 'service'] as const) await assertRecipient(kind, { pin, fromNodes, server });
  const keys = await openStatements(fromNodes, pin, server.identity);
  if (keys.trust.keyFor(server.signingKey.kid) !== undefined) return keys;
  throw new ClefError(
    'signature-invalid',
    'nobody believes what this server signs, since it was added without the recovery kit; on a server of the library: `clef keys recipients add CARD --kit FOLDER`',
  );
}

async function assertRecipient(kind: KeyringKind, { pin, fromNodes, server }: KeysJoin): Promise<void> {
  const { thumbprint } = server.identity;
  const { recipients } = (await newestKeyring(kind, pin, fromNodes)).chosen;
  if (recipients.some((one) => one.thumbprint === thumbprint)) return;
  throw new ClefError(
    'keyring-rejected',
    `this server (${thumbprint}) is no recipient of the ${kind} keyring; give what \`clef keys card\` prints here to a server of the library: \`clef keys recipients add CARD --kit FOLDER\``,
  );
}

async function newestKeyring(
  kind: KeyringKind,
  { libraryId, rootFingerprint, heads }: LibraryPin,
  fromNodes: KeyStatements,
) {
  try {
    return await chooseKeyring(fromNodes[kind], { kind, libraryId, rootFingerprint }, heads[kind]);
  } catch (cause) {
    if (!isClefError(cause, 'keyring-rejected')) throw cause;
    throw new ClefError(
      'keyring-rejected',
      `the nodes hold no ${kind} keyring that the invitation vouches for (${cause.message}); are these that library’s nodes, and is the invitation whole and of today?`,
      { cause },
    );
  }
}
