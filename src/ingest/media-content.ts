import { createHmac } from 'node:crypto';
import { asBytes, type Bytes, ClefError, equalBytes } from '../core/index.ts';
import type { ImportContent } from './content.ts';
import type { ReadableMedia } from './port.ts';

const PIECE_BYTES = 512 * 1024;

/** Media that nobody changes meanwhile, as content to import. Bytes that cannot be had are `media-unreadable`. */
export function mediaContent(media: ReadableMedia): ImportContent {
  const { lengthBytes } = media;

  async function read(offsetBytes: number, wantedBytes: number): Promise<Uint8Array> {
    try {
      return await media.read(offsetBytes, wantedBytes);
    } catch (cause) {
      throw new ClefError('media-unreadable', 'it was damaged while it lay on the server; send it again', {
        cause,
      });
    }
  }

  async function* pieces(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    for (let offset = 0; offset < lengthBytes; offset += PIECE_BYTES) {
      signal.throwIfAborted();
      yield await read(offset, PIECE_BYTES);
    }
  }

  return {
    lengthBytes,
    read,
    async hash(key, signal) {
      const hmac = createHmac('sha256', key);
      for await (const piece of pieces(signal)) hmac.update(piece);
      return asBytes(hmac.digest());
    },
    async *plaintext(key: Bytes, expected: Bytes, signal: AbortSignal) {
      const hmac = createHmac('sha256', key);
      for await (const piece of pieces(signal)) {
        hmac.update(piece);
        yield piece;
      }
      if (!equalBytes(hmac.digest(), expected)) {
        throw new ClefError('vault-source-changed', 'it changed while it was read');
      }
    },
    assertUnchanged: async () => undefined,
  };
}
