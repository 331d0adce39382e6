import { ClefError, isClefError } from '../../core/index.ts';
import { type Trust, verifyTrust } from '../../crypto/index.ts';
import { readSeenKeys } from '../../keystore/index.ts';
import { readStatements } from '../../vault/index.ts';
import type { LockedApp } from './app.ts';

/** By what signatures are checked where the keys cannot be had: the newest trust statement under the pinned root. */
export async function keylessTrust({ data, nodes, unlocked }: LockedApp): Promise<Trust> {
  const seen = await readSeenKeys(data.keyringSeenFile);
  if (!seen) return (await unlocked).keys.keys.trust;
  const { libraryId } = data.identity;
  const candidates = new Set([...seen.statements.trust, ...(await readStatements(nodes, libraryId)).trust]);
  let newest: Trust | undefined;
  for (const jws of candidates) {
    try {
      const trust = await verifyTrust(jws, seen.rootFingerprint, {
        libraryId,
        minVersion: seen.trustVersion,
      });
      if (newest === undefined || trust.version > newest.version) newest = trust;
    } catch (error) {
      // Whoever writes to a node may put anything there.
      if (!isClefError(error)) throw error;
    }
  }
  if (!newest)
    throw new ClefError(
      'signature-invalid',
      'no trust statement of this library verifies; is the data folder the right one?',
    );
  return newest;
}
