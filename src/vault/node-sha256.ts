import { hash } from 'node:crypto';
import type { Bytes } from '../core/index.ts';

/** SHA-256 on the calling thread, which for chunks and tables is cheaper than WebCrypto's detour. */
export function nodeSha256(bytes: Uint8Array): Bytes {
  return new Uint8Array(hash('sha256', bytes, 'buffer'));
}
