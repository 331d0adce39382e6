import { type Keyring, type KeyringHead, sealKeyring, signTrust, succeedKeyring } from '../crypto/index.ts';
import { joinStatements, type KeyStatements, type LoadedKeys, openStatements } from './library-keys.ts';
import type { OpenRecoveryKit } from './recovery-kit.ts';
import type { ServerKey } from './server-key.ts';

export interface KeyRecovery {
  readonly kit: OpenRecoveryKit;
  readonly fromNodes: KeyStatements;
  /** Made for the machine that takes over. */
  readonly server: ServerKey;
}

/**
 * After a loss, hands the library to a new server: with the kit it becomes the one server of both keyrings and their
 * administrator. The lost ones are left out, which opens an epoch, so that their keys open nothing newer; what they
 * signed stays verifiable. Running it again for the same server changes nothing.
 */
export async function recoverLibraryKeys({ kit, fromNodes, server }: KeyRecovery): Promise<LoadedKeys> {
  const { libraryId, rootFingerprint, recovery, root } = kit;
  const pin = { libraryId, rootFingerprint };
  const lost = await openStatements(fromNodes, pin, recovery);
  const library = await handOver(lost.library, lost.seen.heads.library, kit, server);
  const service = await handOver(lost.service, lost.seen.heads.service, kit, server);
  const { version, keys } = lost.trust;
  const trust =
    lost.trust.keyFor(server.signingKey.kid) === undefined
      ? [
          await signTrust(
            {
              libraryId,
              version: version + 1,
              keys: [...keys, { role: 'server', jwk: server.signingKey.publicJwk }],
            },
            root,
          ),
        ]
      : [];
  const statements = joinStatements(lost.seen.statements, { library, service, trust });
  return openStatements(
    statements,
    { ...pin, heads: lost.seen.heads, trustVersion: version },
    server.identity,
  );
}

/** The successor that names this server alone; none where it is named so already. */
async function handOver(
  keyring: Keyring,
  head: KeyringHead,
  { root }: OpenRecoveryKit,
  { recipient, signingKey }: ServerKey,
): Promise<readonly string[]> {
  const servers = keyring.recipients.filter(({ role }) => role === 'server');
  const lost = servers.filter(({ thumbprint }) => thumbprint !== recipient.thumbprint);
  const isNamed = servers.length === 1 && lost.length === 0;
  if (isNamed && keyring.administrators.length === 1 && keyring.administrators[0] === signingKey.kid)
    return [];
  const next = succeedKeyring(keyring, head.hash, {
    addRecipients: [recipient],
    removeRecipients: lost.map(({ thumbprint }) => thumbprint),
    administrators: [signingKey.kid],
    // A lost administrator, in the wrong hands, could sign the version that is left out, and no other that counts.
    aboveVersion: keyring.version + 1,
  });
  return [await sealKeyring(next, root)];
}
