import * as v from 'valibot';
import { ClefError } from '../core/index.ts';
import { loadJose } from './load-jose.ts';
import { randomBytes } from './random.ts';

const PROBE_BYTES = 32;

/** An Ed25519 public key, RFC 8037 section 2, with exactly these members. */
export const publicSigningJwkSchema = v.strictObject({
  kty: v.literal('OKP'),
  crv: v.literal('Ed25519'),
  x: v.pipe(v.string(), v.regex(/^[\w-]{43}$/)),
});
export type PublicSigningJwk = Readonly<v.InferOutput<typeof publicSigningJwkSchema>>;
export type PrivateSigningJwk = PublicSigningJwk & { readonly d: string };

/** The root key of a library, or the key by which a server signs manifests, tombstones and log segments. */
export interface SigningKey {
  /** RFC 7638 thumbprint of the public key (SHA-256, base64url): its name wherever it signed. */
  readonly kid: string;
  readonly publicJwk: PublicSigningJwk;
  readonly privateKey: CryptoKey;
}

export async function generateSigningKey(): Promise<SigningKey> {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  const publicJwk = pickPublic(await crypto.subtle.exportKey('jwk', pair.publicKey));
  return { kid: await signingKeyId(publicJwk), publicJwk, privateKey: pair.privateKey };
}

export async function exportSigningKey(key: SigningKey): Promise<PrivateSigningJwk> {
  const { d } = await crypto.subtle.exportKey('jwk', key.privateKey);
  if (d === undefined) throw new ClefError('internal', 'the signing key has no private part');
  return { ...key.publicJwk, d };
}

/** Refuses a public half that is not the private half's: its signatures would verify nowhere. */
export async function importSigningKey(jwk: PrivateSigningJwk): Promise<SigningKey> {
  const publicJwk = pickPublic(jwk);
  const kid = await signingKeyId(publicJwk);
  try {
    const privateKey = await crypto.subtle.importKey('jwk', { ...publicJwk, d: jwk.d }, 'Ed25519', true, [
      'sign',
    ]);
    const probe = randomBytes(PROBE_BYTES);
    const signature = await crypto.subtle.sign('Ed25519', privateKey, probe);
    const publicKey = await importVerifyKey(publicJwk);
    if (await crypto.subtle.verify('Ed25519', publicKey, signature, probe))
      return { kid, publicJwk, privateKey };
  } catch {
    // Platforms differ in whether they notice, and none may quote the key.
  }
  throw new ClefError('signature-invalid', 'the two halves of a signing key do not belong together');
}

export function importVerifyKey(jwk: PublicSigningJwk): Promise<CryptoKey> {
  return crypto.subtle.importKey('jwk', jwk, 'Ed25519', true, ['verify']);
}

export async function signingKeyId(jwk: PublicSigningJwk): Promise<string> {
  const { calculateJwkThumbprint } = await loadJose();
  return calculateJwkThumbprint(jwk, 'sha256');
}

function pickPublic(jwk: JsonWebKey): PublicSigningJwk {
  const picked = v.safeParse(publicSigningJwkSchema, { kty: jwk.kty, crv: jwk.crv, x: jwk.x });
  if (!picked.success) throw new ClefError('signature-invalid', 'a signing key is not an Ed25519 JWK');
  return picked.output;
}
