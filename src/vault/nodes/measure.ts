import { type NodeId, isClefError } from '../../core/index.ts';
import { decorateNode } from './decorate.ts';
import type { ByteSource, ObjectInfo, StorageNode } from './port.ts';

/** What calls come to, by kind. */
export interface NodeFigures {
  readonly calls: Readonly<Record<NodeCall, CallFigures>>;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

export const callKinds = ['delete', 'free', 'read', 'stat', 'write'] as const;
export type NodeCall = (typeof callKinds)[number];

export interface NodeReport {
  readonly id: NodeId;
  readonly figures: NodeFigures;
}

export interface CallFigures {
  readonly count: number;
  /** Of these; what is missing or exists already is an answer, and a caller who gave up no failure of the node. */
  readonly failed: number;
  readonly seconds: number;
}

type Counting<T> = { -readonly [Key in keyof T]: T[Key] };

/** What was asked of each node since this process began, for whoever watches over it. */
export class NodeMeter {
  readonly #now: () => number;
  readonly #nodes = new Map<NodeId, Figures>();

  /** Milliseconds that never go back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  figures(): ReadonlyMap<NodeId, NodeFigures> {
    return this.#nodes;
  }

  /** What was counted since it was last taken, or the meter made: for another process's meter. */
  take(): readonly NodeReport[] {
    const reports = Array.from(this.#nodes, ([id, figures]) => ({ id, figures: figures.take() }));
    return reports.filter(({ figures }) => callKinds.some((call) => figures.calls[call].count > 0));
  }

  /** What another process counted. */
  add({ id, figures }: NodeReport): void {
    this.#of(id).addAll(figures);
  }

  /** The node, with its calls counted. Where it was opened anew, the count goes on. */
  measure(node: StorageNode): StorageNode {
    const figures = this.#of(node.id);
    const timed = async <T>(call: NodeCall, run: () => Promise<T>): Promise<T> => {
      const beganMs = this.#now();
      let hasFailed = false;
      try {
        return await run();
      } catch (error) {
        hasFailed = isFailure(error);
        throw error;
      } finally {
        figures.add(call, this.#now() - beganMs, hasFailed);
      }
    };
    const written = async (write: () => Promise<ObjectInfo>): Promise<ObjectInfo> => {
      const info = await timed('write', write);
      figures.writtenBytes += info.lengthBytes;
      return info;
    };
    return decorateNode(node, {
      async read(name, offsetBytes, lengthBytes, options) {
        const bytes = await timed('read', () => node.read(name, offsetBytes, lengthBytes, options));
        figures.readBytes += bytes.length;
        return bytes;
      },
      create: (name, source: ByteSource, options) => written(() => node.create(name, source, options)),
      replace: (name, ifVersion, source, options) =>
        written(() => node.replace(name, ifVersion, source, options)),
      stat: (name, options) => timed('stat', () => node.stat(name, options)),
      delete: (name, options) => timed('delete', () => node.delete(name, options)),
      free: (options) => timed('free', () => node.free(options)),
    });
  }

  #of(id: NodeId): Figures {
    let figures = this.#nodes.get(id);
    if (!figures) {
      figures = new Figures();
      this.#nodes.set(id, figures);
    }
    return figures;
  }
}

class Figures implements NodeFigures {
  calls = noCalls();
  readBytes = 0;
  writtenBytes = 0;

  add(call: NodeCall, tookMs: number, hasFailed: boolean): void {
    const figures = this.calls[call];
    figures.count++;
    if (hasFailed) figures.failed++;
    figures.seconds += tookMs / 1_000;
  }

  addAll({ calls, readBytes, writtenBytes }: NodeFigures): void {
    for (const call of callKinds) {
      this.calls[call].count += calls[call].count;
      this.calls[call].failed += calls[call].failed;
      this.calls[call].seconds += calls[call].seconds;
    }
    this.readBytes += readBytes;
    this.writtenBytes += writtenBytes;
  }

  take(): NodeFigures {
    const { calls, readBytes, writtenBytes } = this;
    this.calls = noCalls();
    this.readBytes = 0;
    this.writtenBytes = 0;
    return { calls, readBytes, writtenBytes };
  }
}

function noCalls(): Record<NodeCall, Counting<CallFigures>> {
  const none = () => ({ count: 0, failed: 0, seconds: 0 });
  return { delete: none(), free: none(), read: none(), stat: none(), write: none() };
}

function isFailure(error: unknown): boolean {
  return (
    isClefError(error, 'node-offline') || isClefError(error, 'node-io') || isClefError(error, 'node-full')
  );
}
