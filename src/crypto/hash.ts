import { type Bytes, asBytes } from '../core/index.ts';

export const HASH_BYTES = 32;

export async function sha256(bytes: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', asBytes(bytes)));
}
