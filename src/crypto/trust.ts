import * as v from 'valibot';
import { ClefError, type LibraryId } from '../core/index.ts';
import { firstFault, hexId, wholeNumber } from './schemas.ts';
import {
  importVerifyKey,
  type PublicSigningJwk,
  publicSigningJwkSchema,
  type SigningKey,
  signingKeyId,
} from './signing-key.ts';
import { signStatement, type StatementHeader, verifyStatement } from './statement.ts';

const TRUST_TYPE = 'clef-trust';
const MAX_TRUSTED_KEYS = 1_024;

/** What a trusted key may sign; `server`: manifests, tombstones, log segments. */
export type SignerRole = 'server';

export interface TrustedKey {
  readonly role: SignerRole;
  readonly jwk: PublicSigningJwk;
}

/** The content of `trust.json`: by it, and the root's fingerprint, keyless tools check everything. */
export interface TrustStatement {
  readonly libraryId: LibraryId;
  readonly version: number;
  readonly keys: readonly TrustedKey[];
}

export interface Trust extends TrustStatement {
  readonly rootFingerprint: string;
  /** Undefined for a signer that the root did not name. */
  keyFor(kid: string): CryptoKey | undefined;
}

const trustSchema = v.strictObject({
  format: v.literal(1),
  library: hexId<LibraryId>(),
  version: wholeNumber(1),
  keys: v.pipe(
    v.array(v.strictObject({ role: v.literal('server'), jwk: publicSigningJwkSchema })),
    v.maxLength(MAX_TRUSTED_KEYS),
  ),
});

export function signTrust(trust: TrustStatement, root: SigningKey): Promise<string> {
  const keys = trust.keys.map(({ role, jwk }) => ({ role, jwk: { ...jwk } }));
  const value = { format: 1, library: trust.libraryId, version: trust.version, keys };
  return signStatement(TRUST_TYPE, value, root, { embedKey: true });
}

/**
 * The header's own key verifies the statement only if its thumbprint is the pinned fingerprint.
 * Throws `signature-invalid` for a forged, foreign or rolled-back one.
 */
export async function verifyTrust(
  jws: string,
  rootFingerprint: string,
  expected: { readonly libraryId?: LibraryId; readonly minVersion?: number } = {},
): Promise<Trust> {
  const { value } = await verifyStatement(jws, TRUST_TYPE, (header) =>
    embeddedKeyNamed(header, rootFingerprint),
  );
  const parsed = v.safeParse(trustSchema, value);
  if (!parsed.success) throw rejected(firstFault(parsed.issues));
  const { library: libraryId, version, keys } = parsed.output;
  if (expected.libraryId !== undefined && libraryId !== expected.libraryId) {
    throw rejected(`library ${expected.libraryId} expected, got ${libraryId}`);
  }
  if (version < (expected.minVersion ?? 1)) {
    throw rejected(`version ${expected.minVersion} or later expected, got ${version}`);
  }
  const imported = new Map<string, CryptoKey>();
  for (const { jwk } of keys) imported.set(await signingKeyId(jwk), await importVerifyKey(jwk));
  return { libraryId, version, keys, rootFingerprint, keyFor: (kid) => imported.get(kid) };
}

/** The key in a statement's header, if header and key both bear the expected thumbprint. */
export async function embeddedKeyNamed(header: StatementHeader, kid: string): Promise<CryptoKey | undefined> {
  if (header.jwk === undefined || header.kid !== kid) return undefined;
  return (await signingKeyId(header.jwk)) === kid ? importVerifyKey(header.jwk) : undefined;
}

function rejected(what: string): ClefError {
  return new ClefError('signature-invalid', `${TRUST_TYPE}: ${what}`);
}
