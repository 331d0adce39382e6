import { type AssetLocation, isClefError, type NodeId } from '../core/index.ts';
import type { ColumnHead } from './column-check.ts';
import { eraseClaimed } from './column-erase.ts';
import { columnMoves } from './column-moves.ts';
import type { LayoutName } from './column-object.ts';
import type { ColumnCopyName, ColumnRegister, ColumnWorker } from './column-register.ts';
import { copyColumn, isWhole } from './copy-column.ts';
import type { ErasureCode } from './erasure/index.ts';
import { enumerateLayouts, findLayout, PART_COUNT } from './found-layouts.ts';
import {
  type ColumnCopy,
  columnsInNeed,
  type InspectContext,
  type InspectedLayout,
  inspectLayout,
  type LayoutTruth,
} from './inspect-layout.ts';
import type { MaintenanceOptions, MaintenanceProgress } from './maintenance.ts';
import type { StorageNode } from './nodes/port.ts';
import { createPace } from './pace.ts';

export interface RebalanceOptions extends MaintenanceOptions {
  readonly register: ColumnRegister;
  readonly erasure: ErasureCode;
}

export interface RebalanceReport extends MaintenanceProgress {
  readonly movedColumns: number;
  readonly movedBytes: number;
  /** Copies that no longer counted: doubles, and what killed runs left. */
  readonly erasedCopies: number;
  /** Columns that should move and could not now: a node is away or full, or the copy at hand is damaged. */
  readonly waitingColumns: number;
}

type Counts = { -readonly [Name in Exclude<keyof RebalanceReport, keyof MaintenanceProgress>]: number };

/**
 * Brings every column to where placement wants it, and removes what lies twice, without any key. A column is copied and
 * read back, then named at its new node, and only then goes at its old one (see ColumnRegister). Layouts that the
 * catalogue no longer names go once the named one is whole. What it does not know is left alone. What it knows moves
 * though it has a tombstone: somebody may still play it, and its removal may be taken back. May be killed at any moment,
 * and run beside others.
 */
export async function rebalance(options: RebalanceOptions): Promise<RebalanceReport> {
  using worker = options.register.enter();
  const run = new Rebalancing(options, worker);
  await run.settleLeftovers();
  let layouts = 0;
  let partsDone = options.fromPart ?? 0;
  const progress = (): MaintenanceProgress => ({
    partsDone,
    partCount: PART_COUNT,
    layouts,
    bytesRead: run.bytesRead,
  });
  for await (const part of enumerateLayouts(options)) {
    for (const { name } of part.layouts) {
      layouts++;
      await run.settle(name);
    }
    partsDone = part.part + 1;
    options.onProgress?.(progress());
  }
  return { ...progress(), ...run.counts };
}

/**
 * Looks at what workers had claimed that have ended: what they had begun to write goes, and so does what they were about
 * to delete, once the copy that counts was read to its last byte.
 */
export async function settleLeftovers(
  options: Omit<RebalanceOptions, 'onProgress'>,
  worker: ColumnWorker,
): Promise<void> {
  await new Rebalancing(options, worker).settleLeftovers();
}

class Rebalancing {
  readonly #options: Omit<RebalanceOptions, 'onProgress'>;
  readonly #worker: ColumnWorker;
  readonly #context: InspectContext;
  /** Nodes that did not answer, or did not delete, when a layout was settled last. */
  readonly #unsettled = new Set<NodeId>();
  readonly counts: Counts = { movedColumns: 0, movedBytes: 0, erasedCopies: 0, waitingColumns: 0 };
  bytesRead = 0;

  constructor(options: Omit<RebalanceOptions, 'onProgress'>, worker: ColumnWorker) {
    const wait = createPace(options);
    this.#options = options;
    this.#worker = worker;
    this.#context = {
      trust: options.trust,
      depth: 'head',
      random: () => 0,
      pace: (bytes) => {
        this.bytesRead += bytes;
        return wait(bytes);
      },
      ...(options.signal && { signal: options.signal }),
    };
  }

  /**
   * What killed workers had begun to write, or were about to delete, is looked at like all else, and first. A claim stays
   * until then, and where its node is away, so that the next worker inherits what this one does not come to.
   */
  async settleLeftovers(): Promise<void> {
    const { libraryId, nodes } = this.#options;
    const layouts = Map.groupBy(await this.#worker.inherit(), ({ layoutId }) => layoutId);
    for (const [layoutId, copies] of layouts) {
      const [first] = copies;
      if (!first) continue;
      await this.settle({ libraryId, assetId: first.assetId, layoutId });
      const known = new Set(nodes.known().map(({ id }) => id));
      await this.#worker.release(
        copies.filter(({ nodeId }) => !known.has(nodeId) || !this.#unsettled.has(nodeId)),
      );
    }
  }

  async settle(name: LayoutName): Promise<void> {
    const { register, nodes, signal } = this.#options;
    await this.#context.pace(0);
    const location = await register.locate(name.assetId);
    this.#unsettled.clear();
    if (!location) return;
    // The listing that named it may be old by now.
    const found = await findLayout(nodes, name, signal);
    for (const id of found.unanswered) this.#unsettled.add(id);
    const inspected = await inspectLayout(found, this.#context);
    if (location.layoutId !== name.layoutId) await this.#eraseSuperseded(inspected, location);
    else if (inspected.truth && !inspected.columns.some(({ isContested }) => isContested)) {
      const homes = await this.#nameWhole(inspected, inspected.truth, location);
      const now = await this.#moveAll(inspected, inspected.truth, homes);
      await this.#eraseDoubles(inspected, location.columnNodes, now);
    }
  }

  /** By column, the node whose copy counts. One that is not whole gives way to one that is, wherever it came from. */
  async #nameWhole(
    inspected: InspectedLayout,
    { layout }: LayoutTruth,
    { columnNodes }: AssetLocation,
  ): Promise<readonly (NodeId | undefined)[]> {
    const homes = [...columnNodes];
    for (const column of layout.storedColumns) {
      const home = homes[column];
      const whole = wholeCopies(inspected, column);
      const [other] = whole;
      if (home === undefined || !other || whole.some(({ node }) => node.id === home)) continue;
      // Away is not lost.
      if (!this.#options.nodes.get(home)) continue;
      if (await this.#nameInstead(column, home, other)) homes[column] = other.node.id;
    }
    return homes;
  }

  async #nameInstead(column: number, from: NodeId, { head, node }: ColumnCopy): Promise<boolean> {
    if (!head) return false;
    const { assetId, layoutId } = head.name;
    const copy = { assetId, layoutId, column, nodeId: node.id };
    if ((await this.#worker.claim([copy])).length === 0) return false;
    if (
      (await this.#isWholeNow(node, head)) &&
      (await this.#worker.move({ assetId, layoutId, column }, from, node.id))
    ) {
      await this.#erase([{ ...copy, nodeId: from }]);
      return true;
    }
    await this.#worker.release([copy]);
    return false;
  }

  async #moveAll(
    inspected: InspectedLayout,
    truth: LayoutTruth,
    homes: readonly (NodeId | undefined)[],
  ): Promise<readonly (NodeId | undefined)[]> {
    const now = [...homes];
    const { name } = inspected;
    for (const { column, from, to } of columnMoves(name, truth.layout, this.#options.nodes.known(), homes)) {
      const source = wholeCopies(inspected, column).find(({ node }) => node.id === from);
      const target = this.#options.nodes.get(to);
      if (source && target && (await this.#moveOne(truth, source, target))) now[column] = to;
      else this.counts.waitingColumns++;
    }
    return now;
  }

  async #moveOne(
    truth: LayoutTruth,
    { head, node, column }: ColumnCopy,
    target: StorageNode,
  ): Promise<boolean> {
    if (!head) return false;
    const { assetId, layoutId } = head.name;
    const copy = { assetId, layoutId, column, nodeId: target.id };
    if ((await this.#worker.claim([copy])).length === 0) return false;
    if (!(await this.#copied(truth, head, target))) {
      await this.#erase([copy]);
      return false;
    }
    if (!(await this.#worker.move({ assetId, layoutId, column }, node.id, target.id))) {
      await this.#erase([copy]);
      return false;
    }
    this.counts.movedColumns++;
    this.counts.movedBytes += head.info.lengthBytes;
    // Looked at once more, now that it counts: the other one goes only for a copy that is there.
    const old = [{ ...copy, nodeId: node.id }];
    if (await this.#isWholeNow(target, head, 'head')) await this.#erase(old);
    else await this.#worker.release(old);
    return true;
  }

  async #copied(truth: LayoutTruth, head: ColumnHead, target: StorageNode): Promise<boolean> {
    try {
      await copyColumn(truth, head, target, { ...this.#options, pace: this.#context.pace });
      return true;
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      if (!isClefError(error)) throw error;
      return false;
    }
  }

  /** Copies beside the one that counts, after that was read to its last byte. */
  async #eraseDoubles(
    inspected: InspectedLayout,
    before: readonly (NodeId | undefined)[],
    homes: readonly (NodeId | undefined)[],
  ): Promise<void> {
    const { name, truth } = inspected;
    const doubles = Map.groupBy(
      inspected.columns.filter(
        // What was named until now went when it was moved.
        ({ column, node }) =>
          homes[column] !== undefined && homes[column] !== node.id && before[column] !== node.id,
      ),
      ({ column }) => column,
    );
    for (const [column, copies] of doubles) {
      const home = homes[column];
      const node = home && this.#options.nodes.get(home);
      if (!node || !truth) continue;
      const claimed = await this.#worker.claim(
        copies.map((copy) => ({ ...name, column, nodeId: copy.node.id })),
      );
      if (claimed.length === 0) continue;
      const kept = { name: { ...name, column }, manifestHash: truth.manifestHash };
      if (await this.#isWholeNow(node, kept)) this.counts.erasedCopies += await this.#erase(claimed);
      else await this.#worker.release(claimed);
    }
  }

  async #isWholeNow(
    node: StorageNode,
    kept: Pick<ColumnHead, 'name' | 'manifestHash'>,
    depth: 'head' | 'full' = 'full',
  ): Promise<boolean> {
    try {
      return await isWhole(node, kept, depth, this.#context);
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      if (!isClefError(error)) throw error;
      return false;
    }
  }

  async #eraseSuperseded({ name, columns }: InspectedLayout, location: AssetLocation): Promise<void> {
    const { nodes, signal } = this.#options;
    const claimed = await this.#worker.claim(
      columns.map(({ column, node }) => ({ ...name, column, nodeId: node.id })),
    );
    if (claimed.length === 0) return;
    const named = await inspectLayout(await findLayout(nodes, location, signal), {
      ...this.#context,
      depth: 'full',
    });
    if (named.truth && columnsInNeed(named).length === 0) {
      this.counts.erasedCopies += await this.#erase(claimed);
    } else await this.#worker.release(claimed);
  }

  async #erase(copies: readonly ColumnCopyName[]): Promise<number> {
    const { erased, waitingFor } = await eraseClaimed(this.#worker, copies, this.#options);
    for (const id of waitingFor) this.#unsettled.add(id);
    return erased;
  }
}

function wholeCopies({ columns }: InspectedLayout, column: number): readonly ColumnCopy[] {
  return columns.filter((copy) => copy.column === column && copy.head && copy.damage === undefined);
}
