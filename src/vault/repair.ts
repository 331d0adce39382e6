import { isClefError, type NodeId } from '../core/index.ts';
import { columnObjectName, type LayoutName } from './column-object.ts';
import { homeFor } from './column-plan.ts';
import { type DamageReason, damageReasonOf } from './damage.ts';
import type { ErasureCode } from './erasure/index.ts';
import { enumerateLayouts, findLayout, type FoundLayout, PART_COUNT } from './found-layouts.ts';
import {
  type ColumnCopy,
  type InspectContext,
  type InspectedLayout,
  inspectLayout,
  type LayoutTruth,
} from './inspect-layout.ts';
import type { MaintenanceOptions, MaintenanceProgress } from './maintenance.ts';
import type { StorageNode } from './nodes/port.ts';
import { createPace } from './pace.ts';
import { rebuildColumn } from './rebuild-column.ts';
import { loadTombstones } from './tombstones.ts';

export interface RepairOptions extends MaintenanceOptions {
  readonly erasure: ErasureCode;
  /** `head` finds columns that are missing or cut, `full` also wrong bytes. */
  readonly depth: InspectContext['depth'];
  /**
   * What no node that answers has counts as lost. By default it is waited for while any node is away, which
   * most likely has it.
   */
  readonly giveUpAbsent?: boolean;
  /** Told of each layout that was not whole; by it the catalogue learns where columns lie now. */
  readonly onOutcome: (outcome: RepairOutcome) => void | Promise<void>;
}

export interface RepairedColumn {
  readonly column: number;
  readonly nodeId: NodeId;
}

export interface UnrepairedColumn {
  readonly column: number;
  /** `lost`: too few others are whole. `homeless`: no node is free to take it. Else why the node failed. */
  readonly reason: DamageReason | 'lost' | 'homeless';
}

export interface RepairOutcome {
  readonly name: LayoutName;
  /** By column, a node that has it whole. */
  readonly columnNodes: readonly (NodeId | undefined)[];
  readonly repaired: readonly RepairedColumn[];
  readonly unrepaired: readonly UnrepairedColumn[];
}

export interface RepairReport extends MaintenanceProgress {
  readonly repairedColumns: number;
  readonly unrepairedColumns: number;
}

/** Restores columns that are missing or damaged, without any key. Assets with a tombstone are passed over. */
export async function repair(options: RepairOptions): Promise<RepairReport> {
  const { nodes, libraryId, trust, signal } = options;
  const tombstones = await loadTombstones({ nodes, libraryId, trust, ...(signal && { signal }) });
  const context = repairContext(options);
  const counts = { layouts: 0, repairedColumns: 0, unrepairedColumns: 0 };
  let partsDone = options.fromPart ?? 0;
  for await (const part of enumerateLayouts(options)) {
    for (const found of part.layouts) {
      if (tombstones.has(found.name.assetId)) continue;
      const outcome = await repairFound(found, part.unanswered.length > 0, options, context);
      counts.layouts++;
      counts.repairedColumns += outcome.repaired.length;
      counts.unrepairedColumns += outcome.unrepaired.length;
      if (outcome.repaired.length + outcome.unrepaired.length > 0) await options.onOutcome(outcome);
      await context.pace(0);
    }
    partsDone = part.part + 1;
    options.onProgress?.({
      partsDone,
      partCount: PART_COUNT,
      layouts: counts.layouts,
      bytesRead: context.bytesRead(),
    });
  }
  return { ...counts, partsDone, partCount: PART_COUNT, bytesRead: context.bytesRead() };
}

/** The same for one layout: for what readers reported, and what degraded writes left out. */
export async function repairLayout(name: LayoutName, options: RepairOptions): Promise<RepairOutcome> {
  const found = await findLayout(options.nodes, name, options.signal);
  return repairFound(found, found.unanswered.length > 0, options, repairContext(options));
}

type RepairContext = InspectContext & { readonly bytesRead: () => number };

function repairContext(options: RepairOptions): RepairContext {
  const { trust, depth, signal } = options;
  const wait = createPace(options);
  let bytesRead = 0;
  return {
    trust,
    depth,
    // Nothing is sampled: a repair looks at all or at ends only.
    random: () => 0,
    pace: (bytes) => {
      bytesRead += bytes;
      return wait(bytes);
    },
    bytesRead: () => bytesRead,
    ...(signal && { signal }),
  };
}

async function repairFound(
  found: FoundLayout,
  mayBeAway: boolean,
  options: RepairOptions,
  context: InspectContext,
): Promise<RepairOutcome> {
  const inspected = await inspectLayout(found, context);
  const { truth, name } = inspected;
  if (!truth) return { name, columnNodes: [], repaired: [], unrepaired: [] };
  const run = new LayoutRepair(inspected, truth, options, context);
  for (const copy of inspected.columns) {
    // Objects of columns that the layout does not have are not ours to judge; sweep reports them.
    const isStored = truth.layout.storedColumns.includes(copy.column);
    if (copy.damage !== undefined && isStored) await run.replace(copy, copy.damage);
  }
  for (const column of truth.layout.storedColumns) {
    if (run.has(column)) continue;
    const copies = inspected.columns.filter((copy) => copy.column === column);
    const isAway = copies.length === 0 ? mayBeAway : copies.some(({ damage }) => damage === 'unreachable');
    if (isAway && options.giveUpAbsent !== true) run.leave(column, 'unreachable');
    else await run.create(column);
  }
  return run.outcome();
}

/** The repair of one layout. */
class LayoutRepair {
  readonly #inspected: InspectedLayout;
  readonly #truth: LayoutTruth;
  readonly #options: RepairOptions;
  readonly #context: InspectContext;
  readonly #whole = new Map<number, StorageNode>();
  readonly #repaired: RepairedColumn[] = [];
  readonly #unrepaired = new Map<number, UnrepairedColumn['reason']>();

  constructor(
    inspected: InspectedLayout,
    truth: LayoutTruth,
    options: RepairOptions,
    context: InspectContext,
  ) {
    this.#inspected = inspected;
    this.#truth = truth;
    this.#options = options;
    this.#context = context;
    for (const { column, node, damage } of inspected.columns) {
      if (damage === undefined && !this.#whole.has(column)) this.#whole.set(column, node);
    }
  }

  has(column: number): boolean {
    return this.#whole.has(column);
  }

  leave(column: number, reason: UnrepairedColumn['reason']): void {
    this.#unrepaired.set(column, reason);
  }

  /** Exchanges a damaged object by what it should be, where it lies. */
  async replace({ column, node, info }: ColumnCopy, damage: DamageReason): Promise<void> {
    if (damage === 'unreachable') return;
    await this.#store(column, node, () =>
      node.replace(info.name, info.version, this.#rebuilt(column), this.#callOptions()),
    );
  }

  /** Puts a column that is nowhere on a node that has none of this layout. */
  async create(column: number): Promise<void> {
    const { nodes } = this.#options;
    const used = [...this.#whole.values(), ...this.#inspected.columns.map(({ node }) => node)];
    const home = homeFor(this.#truth.layout, this.#inspected.name, column, nodes, used);
    if (!home) return this.leave(column, 'homeless');
    const name = columnObjectName(this.#inspected.name, column);
    await this.#store(column, home, () => home.create(name, this.#rebuilt(column), this.#callOptions()));
  }

  outcome(): RepairOutcome {
    const { name } = this.#inspected;
    return {
      name,
      columnNodes: Array.from(
        { length: this.#truth.layout.columnCount },
        (_, column) => this.#whole.get(column)?.id,
      ),
      repaired: this.#repaired,
      unrepaired: [...this.#unrepaired].map(([column, reason]) => ({ column, reason })),
    };
  }

  async #store(column: number, node: StorageNode, store: () => Promise<unknown>): Promise<void> {
    try {
      await store();
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      if (isClefError(error, 'node-object-exists') || isClefError(error, 'node-version-mismatch')) {
        // Another repair was here meanwhile; the next look tells whether it did well.
        return;
      }
      return this.leave(column, isClefError(error, 'vault-asset-lost') ? 'lost' : damageReasonOf(error));
    }
    this.#whole.set(column, this.#whole.get(column) ?? node);
    this.#unrepaired.delete(column);
    this.#repaired.push({ column, nodeId: node.id });
  }

  #rebuilt(column: number): AsyncIterable<Uint8Array> {
    // Whole copies first: of two copies of a column only one is read.
    const copies = this.#inspected.columns.toSorted(
      (a, b) => Number(a.damage !== undefined) - Number(b.damage !== undefined),
    );
    return rebuildColumn({
      truth: this.#truth,
      column,
      heads: copies.flatMap(({ head }) => head ?? []),
      erasure: this.#options.erasure,
      pace: this.#context.pace,
      ...this.#callOptions(),
    });
  }

  #callOptions(): { readonly signal?: AbortSignal } {
    const { signal } = this.#options;
    return signal ? { signal } : {};
  }
}
