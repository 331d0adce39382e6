import type { Bytes } from '../core/index.ts';
import type { Aead } from './aead.ts';
import { decryptionFailed } from './failure.ts';
import { chunkCount, chunkPlainLength, TAG_BYTES } from './sizes.ts';

const NONCE_BYTES = 12;
const INDEX_OFFSET = 7;
const LAST_FLAG_OFFSET = 11;

/**
 * 7 zero bytes, 32-bit big-endian index, last-flag: the STREAM construction (Hoang, Reyhanitabar, Rogaway and
 * Vizár, CRYPTO 2015) as age uses it. Every key seals one stream, so counting nonces never repeat.
 */
export function streamNonce(index: number, last: boolean): Bytes {
  const nonce = new Uint8Array(NONCE_BYTES);
  new DataView(nonce.buffer).setUint32(INDEX_OFFSET, index);
  nonce[LAST_FLAG_OFFSET] = last ? 1 : 0;
  return nonce;
}

/** The chunks of one sealed byte string, each verified on its own. */
export interface ChunkCipher {
  readonly chunkCount: number;
  /** The plaintext must have exactly the chunk's length. */
  sealChunk(index: number, plaintext: Uint8Array): Bytes | Promise<Bytes>;
  /** Throws the opaque `decryption-failed` on anything but the chunk that was sealed at this index. */
  openChunk(index: number, sealed: Uint8Array): Bytes | Promise<Bytes>;
}

export function chunkCipher(aead: Aead, paddedLengthBytes: number): ChunkCipher {
  const count = chunkCount(paddedLengthBytes);
  return {
    chunkCount: count,
    sealChunk(index, plaintext) {
      const expected = chunkPlainLength(index, paddedLengthBytes);
      if (plaintext.length !== expected) {
        throw new RangeError(`chunk ${index} holds ${expected} bytes, got ${plaintext.length}`);
      }
      return aead.seal(streamNonce(index, index === count - 1), plaintext);
    },
    openChunk(index, sealed) {
      if (sealed.length !== chunkPlainLength(index, paddedLengthBytes) + TAG_BYTES) throw decryptionFailed();
      return aead.open(streamNonce(index, index === count - 1), sealed);
    },
  };
}
