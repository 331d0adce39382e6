import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Bytes, NodeId } from '../../src/core/index.ts';
import { type ColumnRegister, type ColumnWorker, NodeSet } from '../../src/vault/index.ts';
import type { MemoryNode } from '../../src/vault/nodes/memory.ts';
import type {
  ByteSource,
  NodeCallOptions,
  NodeSpace,
  ObjectInfo,
  StorageNode,
} from '../../src/vault/nodes/port.ts';

/**
 * Lets workers over the same nodes and the same register go on one step at a time, in an order that a seed chooses, and
 * kills them between any two steps. A step is before or after a call that changes something.
 */
export class Stepper {
  readonly #random: () => number;
  #waiting: { readonly worker: number; readonly go: () => void }[] = [];
  readonly #killed = new Set<number>();
  steps = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** What is killed waits for ever. */
  step(worker: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ worker, go: resolve }));
  }

  kill(worker: number): void {
    this.#killed.add(worker);
  }

  /** Runs workers to their ends or deaths; looks at the world after each step. */
  async run(
    workers: readonly ((worker: number) => Promise<unknown>)[],
    options: {
      readonly killAfter?: readonly (number | undefined)[];
      readonly look?: () => Promise<void>;
    } = {},
  ): Promise<void> {
    const ended = new Set<number>();
    const failures: unknown[] = [];
    for (const [worker, work] of workers.entries()) {
      work(worker).then(
        () => ended.add(worker),
        (error: unknown) => {
          ended.add(worker);
          failures.push(error);
        },
      );
    }
    const taken = workers.map(() => 0);
    while (workers.some((_, worker) => !ended.has(worker) && !this.#killed.has(worker))) {
      await nextTurn();
      this.#waiting = this.#waiting.filter(({ worker }) => !this.#killed.has(worker));
      const [next] = this.#waiting.splice(Math.floor(this.#random() * this.#waiting.length), 1);
      if (!next) continue;
      const killAfter = options.killAfter?.[next.worker];
      const done = (taken[next.worker] = (taken[next.worker] ?? 0) + 1);
      this.steps++;
      if (killAfter !== undefined && done > killAfter) this.kill(next.worker);
      else next.go();
      await options.look?.();
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** The nodes as one worker has them. */
export async function steppedNodes(
  nodes: readonly MemoryNode[],
  options: {
    readonly stepper: Stepper;
    readonly worker: number;
    readonly now: () => number;
    readonly weightOf?: (id: NodeId) => number;
  },
): Promise<NodeSet> {
  const set = new NodeSet({ now: options.now });
  for (const inner of nodes) {
    const node = new SteppedNode(inner, () => options.stepper.step(options.worker));
    const { id, failureDomain } = inner;
    await set.mount({ id, failureDomain, weight: options.weightOf?.(id) ?? 1, open: async () => node });
  }
  return set;
}

/** The register as one worker has it. */
export function steppedColumns(inner: ColumnRegister, stepper: Stepper, worker: number): ColumnRegister {
  const stepped = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    await stepper.step(worker);
    const result = await call();
    await stepper.step(worker);
    return result;
  };
  return {
    locate: (assetId) => inner.locate(assetId),
    enter(): ColumnWorker {
      const own = inner.enter();
      return {
        claim: (copies) => stepped(() => own.claim(copies)),
        move: (column, from, to) => stepped(() => own.move(column, from, to)),
        switchLayout: (assetId, from, to) => stepped(() => own.switchLayout(assetId, from, to)),
        release: (copies) => stepped(() => own.release(copies)),
        inherit: () => stepped(() => own.inherit()),
        [Symbol.dispose]: () => own[Symbol.dispose](),
      };
    },
  };
}

class SteppedNode implements StorageNode {
  readonly #inner: MemoryNode;
  readonly #step: () => Promise<void>;

  constructor(inner: MemoryNode, step: () => Promise<void>) {
    this.#inner = inner;
    this.#step = step;
  }

  get id(): NodeId {
    return this.#inner.id;
  }

  get failureDomain(): string {
    return this.#inner.failureDomain;
  }

  create(name: string, source: ByteSource, options?: NodeCallOptions): Promise<ObjectInfo> {
    return this.#stepped(() => this.#inner.create(name, source, options));
  }

  replace(name: string, version: string, source: ByteSource, options?: NodeCallOptions): Promise<ObjectInfo> {
    return this.#stepped(() => this.#inner.replace(name, version, source, options));
  }

  delete(name: string, options?: NodeCallOptions): Promise<void> {
    return this.#stepped(() => this.#inner.delete(name, options));
  }

  read(name: string, offsetBytes: number, lengthBytes: number, options?: NodeCallOptions): Promise<Bytes> {
    return this.#inner.read(name, offsetBytes, lengthBytes, options);
  }

  stat(name: string, options?: NodeCallOptions): Promise<ObjectInfo | undefined> {
    return this.#inner.stat(name, options);
  }

  list(prefix: string, options?: NodeCallOptions): AsyncIterable<ObjectInfo> {
    return this.#inner.list(prefix, options);
  }

  free(options?: NodeCallOptions): Promise<NodeSpace> {
    return this.#inner.free(options);
  }

  removeTemporary(olderThanMs: number, options?: NodeCallOptions): Promise<number> {
    return this.#inner.removeTemporary(olderThanMs, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The nodes are the test's.
  }

  async #stepped<Result>(call: () => Promise<Result>): Promise<Result> {
    await this.#step();
    const result = await call();
    await this.#step();
    return result;
  }
}
