import * as v from 'valibot';
import { ClefError } from '../core/index.ts';
import { loadJose } from './load-jose.ts';

/** RSA of exactly 4096 bits (the first of 683 characters carries the top bit) with e = 65537. */
const rsaJwkSchema = v.strictObject({
  kty: v.literal('RSA'),
  n: v.pipe(v.string(), v.regex(/^[g-z0-9_-][\w-]{682}$/)),
  e: v.literal('AQAB'),
});
const ecJwkSchema = v.strictObject({
  kty: v.literal('EC'),
  crv: v.literal('P-256'),
  x: v.pipe(v.string(), v.regex(/^[\w-]{43}$/)),
  y: v.pipe(v.string(), v.regex(/^[\w-]{43}$/)),
});
export type RecipientJwk = Readonly<v.InferOutput<typeof rsaJwkSchema> | v.InferOutput<typeof ecJwkSchema>>;
export type PrivateRecipientJwk = RecipientJwk & JsonWebKey & { readonly d: string };

export type RecipientRole = 'recovery' | 'server' | 'user';

/** The role decides the kind of key: RSA-4096 for recovery, EC P-256 for everyone else. */
export const recipientSchema = v.variant('role', [
  v.strictObject({ role: v.literal('recovery'), thumbprint: v.string(), jwk: rsaJwkSchema }),
  v.strictObject({ role: v.picklist(['server', 'user']), thumbprint: v.string(), jwk: ecJwkSchema }),
]);

/** Someone a keyring can be sealed to. */
export interface Recipient {
  readonly role: RecipientRole;
  /** RFC 7638, SHA-256, base64url. */
  readonly thumbprint: string;
  readonly jwk: RecipientJwk;
}

/** Someone who can open what was sealed to a recipient of the same thumbprint; may be non-extractable. */
export interface Identity {
  readonly thumbprint: string;
  readonly privateKey: CryptoKey;
}

export type KeyManagementAlgorithm = 'RSA-OAEP-256' | 'ECDH-ES+A256KW';

const EC = { name: 'ECDH', namedCurve: 'P-256' } as const;
const RSA = {
  name: 'RSA-OAEP',
  hash: 'SHA-256',
  modulusLength: 4096,
  publicExponent: Uint8Array.of(1, 0, 1),
} as const;

export function keyManagementOf(jwk: RecipientJwk): KeyManagementAlgorithm {
  return jwk.kty === 'RSA' ? 'RSA-OAEP-256' : 'ECDH-ES+A256KW';
}

/** Takes the public part of a JWK, public or private; refuses a key that does not fit the role. */
export async function createRecipient(role: RecipientRole, jwk: JsonWebKey): Promise<Recipient> {
  const { kty, n, e, crv, x, y } = jwk;
  const publicJwk = kty === 'RSA' ? { kty, n, e } : { kty, crv, x, y };
  const schema = role === 'recovery' ? rsaJwkSchema : ecJwkSchema;
  const parsed = v.safeParse(schema, publicJwk);
  if (!parsed.success) {
    const expected = role === 'recovery' ? 'RSA-4096' : 'EC P-256';
    throw new ClefError('keyring-rejected', `a ${role} recipient has a key of ${expected}`);
  }
  const { calculateJwkThumbprint } = await loadJose();
  return { role, thumbprint: await calculateJwkThumbprint(parsed.output, 'sha256'), jwk: parsed.output };
}

/** A new pair. The recovery key takes a second or more: its two primes have 2,048 bits each. */
export async function generateIdentity(
  role: RecipientRole,
): Promise<{ identity: Identity; recipient: Recipient }> {
  const pair = await (role === 'recovery'
    ? crypto.subtle.generateKey(RSA, true, ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'])
    : crypto.subtle.generateKey(EC, true, ['deriveBits']));
  const recipient = await createRecipient(role, await crypto.subtle.exportKey('jwk', pair.publicKey));
  return { identity: { thumbprint: recipient.thumbprint, privateKey: pair.privateKey }, recipient };
}

export async function exportIdentity(identity: Identity): Promise<PrivateRecipientJwk> {
  const { key_ops: _, ext: __, alg: ___, ...jwk } = await crypto.subtle.exportKey('jwk', identity.privateKey);
  return jwk as PrivateRecipientJwk;
}

export async function importIdentity(
  jwk: PrivateRecipientJwk,
  options: { readonly extractable?: boolean } = {},
): Promise<Identity> {
  const { thumbprint } = await createRecipient(jwk.kty === 'RSA' ? 'recovery' : 'server', jwk);
  const { key_ops: _, ext: __, use: ___, alg: ____, ...bare } = jwk;
  const extractable = options.extractable ?? false;
  try {
    const privateKey = await (jwk.kty === 'RSA'
      ? crypto.subtle.importKey('jwk', bare, RSA, extractable, ['decrypt', 'unwrapKey'])
      : crypto.subtle.importKey('jwk', bare, EC, extractable, ['deriveBits']));
    return { thumbprint, privateKey };
  } catch {
    // Without the platform's cause, which may quote the key.
    throw new ClefError('keyring-rejected', 'a private key is not one, or its parts do not belong together');
  }
}

/** A recipient as a statement names it, its thumbprint recomputed. */
export async function checkRecipient(claimed: Recipient): Promise<Recipient> {
  const recipient = await createRecipient(claimed.role, claimed.jwk);
  if (recipient.thumbprint !== claimed.thumbprint) {
    throw new ClefError('keyring-rejected', 'a recipient bears the thumbprint of another key');
  }
  return recipient;
}
