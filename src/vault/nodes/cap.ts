import { untilAborted } from '../abort.ts';
import { createPace } from '../pace.ts';
import { decorateNode } from './decorate.ts';
import type { ByteSource, StorageNode } from './port.ts';

export interface CapOptions {
  /** Bytes a second, of reads and writes together. */
  readonly bytesPerSecond: number;
  /** Milliseconds. */
  readonly now: () => number;
}

/** A node of whose line no more is used than so many bytes a second; a call in progress is not slowed down itself. */
export function capBandwidth(node: StorageNode, { bytesPerSecond, now }: CapOptions): StorageNode {
  const pace = createPace({ bytesPerSecond, now });
  async function* slowed(source: ByteSource, signal: AbortSignal | undefined): ByteSource {
    for await (const piece of source) {
      await untilAborted(pace(piece.length), signal);
      yield piece;
    }
  }
  return decorateNode(node, {
    async read(name, offsetBytes, lengthBytes, options = {}) {
      const bytes = await node.read(name, offsetBytes, lengthBytes, options);
      await untilAborted(pace(bytes.length), options.signal);
      return bytes;
    },
    backlogMs: (lengthBytes) => pace.backlogMs(lengthBytes),
    create: (name, source, options = {}) => node.create(name, slowed(source, options.signal), options),
    replace: (name, ifVersion, source, options = {}) =>
      node.replace(name, ifVersion, slowed(source, options.signal), options),
  });
}
