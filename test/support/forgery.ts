import { fromBase64Url, fromUtf8, toBase64Url, utf8 } from '../../src/core/index.ts';
import type { SigningKey } from '../../src/crypto/index.ts';

/** What a compact JWS says, unverified. */
export function readJws(jws: string): { header: Record<string, unknown>; payload: Record<string, unknown> } {
  const [header = '', payload = ''] = jws.split('.');
  return { header: readPart(header), payload: readPart(payload) };
}

/** The same JWS with parts exchanged and its old signature: what a forger without the key can make. */
export function rewriteJws(
  jws: string,
  change: { header?: Record<string, unknown>; payload?: Record<string, unknown> },
): string {
  const { header, payload } = readJws(jws);
  const signature = jws.split('.')[2] ?? '';
  return `${part({ ...header, ...change.header })}.${part({ ...payload, ...change.payload })}.${signature}`;
}

/** A JWS with a valid signature and any header and payload: what a forger with a key of its own can make. */
export async function signAnything(
  header: Record<string, unknown>,
  payload: unknown,
  signer: SigningKey,
): Promise<string> {
  const input = `${part(header)}.${part(payload)}`;
  const signature = await crypto.subtle.sign('Ed25519', signer.privateKey, utf8(input));
  return `${input}.${toBase64Url(new Uint8Array(signature))}`;
}

function readPart(text: string): Record<string, unknown> {
  return JSON.parse(fromUtf8(fromBase64Url(text))) as Record<string, unknown>;
}

function part(value: unknown): string {
  return toBase64Url(utf8(JSON.stringify(value)));
}
