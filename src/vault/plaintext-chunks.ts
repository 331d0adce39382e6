import { type Bytes, ClefError } from '../core/index.ts';
import { chunkCount, chunkPlainLength } from '../crypto/index.ts';
import type { ByteSource } from './nodes/port.ts';

/**
 * A source cut into chunks, filled up with zeros to the padded length. Each chunk is valid until the next is
 * asked for. A source that gives fewer or more than `lengthBytes` is `vault-source-changed`, thrown before
 * the chunk that the fault is in.
 */
export async function* plaintextChunks(
  source: ByteSource,
  lengthBytes: number,
  paddedLengthBytes: number,
): AsyncGenerator<Bytes, void, undefined> {
  const count = chunkCount(paddedLengthBytes);
  const buffer = new Uint8Array(chunkPlainLength(0, paddedLengthBytes));
  let index = 0;
  let filled = 0;
  let seen = 0;

  for await (const piece of source) {
    seen += piece.length;
    if (seen > lengthBytes) throw sourceChanged(`more than the declared ${lengthBytes} bytes`);
    let taken = 0;
    while (taken < piece.length) {
      const wanted = chunkPlainLength(index, paddedLengthBytes);
      const part = piece.subarray(taken, taken + wanted - filled);
      buffer.set(part, filled);
      filled += part.length;
      taken += part.length;
      // The last chunk waits for the source's end, which alone shows that nothing follows.
      if (filled === wanted && index < count - 1) {
        yield buffer.subarray(0, wanted);
        index++;
        filled = 0;
      }
    }
  }
  if (seen < lengthBytes) throw sourceChanged(`${seen} of the declared ${lengthBytes} bytes`);

  for (; index < count; index++) {
    const wanted = chunkPlainLength(index, paddedLengthBytes);
    buffer.fill(0, filled, wanted);
    yield buffer.subarray(0, wanted);
    filled = 0;
  }
}

function sourceChanged(got: string): ClefError {
  return new ClefError('vault-source-changed', `the source changed while it was sealed: it gave ${got}`);
}
