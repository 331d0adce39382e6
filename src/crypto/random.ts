import type { Bytes } from '../core/index.ts';

/** From the platform's cryptographic generator. */
export function randomBytes(lengthBytes: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(lengthBytes));
}
