import { isClefError, type NodeId } from '../core/index.ts';
import type { Trust } from '../crypto/index.ts';
import { columnObjectName, type LayoutName } from './column-object.ts';
import { homeFor } from './column-plan.ts';
import { isWhole } from './copy-column.ts';
import { type DamageReason, damageReasonOf } from './damage.ts';
import type { ErasureCode } from './erasure/index.ts';
import type { ColumnCopy, InspectedLayout, LayoutTruth } from './inspect-layout.ts';
import type { NodeSet } from './node-set.ts';
import type { StorageNode } from './nodes/port.ts';
import { rebuildColumn } from './rebuild-column.ts';

export interface RepairedColumn {
  readonly column: number;
  readonly nodeId: NodeId;
}

export interface UnrepairedColumn {
  readonly column: number;
  /** `lost`: too few others are whole. `homeless`: no node is free to take it. Else why the node failed. */
  readonly reason: DamageReason | 'lost' | 'homeless';
}

export type ColumnNodes = readonly (NodeId | undefined)[];

export interface RepairOutcome {
  readonly name: LayoutName;
  /** As the columns were named before anything was looked at; undefined for what the catalogue does not know. */
  readonly before: ColumnNodes | undefined;
  /** By column, a node that has it whole, the named one first. Without entries where no column verifies. */
  readonly columnNodes: ColumnNodes;
  readonly repaired: readonly RepairedColumn[];
  readonly unrepaired: readonly UnrepairedColumn[];
}

export interface LayoutRepairOptions {
  readonly before: ColumnNodes | undefined;
  readonly nodes: NodeSet;
  readonly trust: Trust;
  readonly erasure: ErasureCode;
  readonly pace: (bytes: number) => Promise<void>;
  readonly signal?: AbortSignal;
}

/** The repair of one layout: what it has whole, what was done, and what was not. */
export class LayoutRepair {
  readonly #inspected: InspectedLayout;
  readonly #truth: LayoutTruth;
  readonly #options: LayoutRepairOptions;
  readonly #whole = new Map<number, StorageNode>();
  readonly #repaired: RepairedColumn[] = [];
  readonly #unrepaired = new Map<number, UnrepairedColumn['reason']>();

  constructor(inspected: InspectedLayout, truth: LayoutTruth, options: LayoutRepairOptions) {
    this.#inspected = inspected;
    this.#truth = truth;
    this.#options = options;
    for (const { column, node, damage } of inspected.columns) {
      if (damage === undefined) this.#name(column, node);
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
      before: this.#options.before,
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
        return this.#lookAgain(column, node);
      }
      return this.leave(column, isClefError(error, 'vault-asset-lost') ? 'lost' : damageReasonOf(error));
    }
    this.#name(column, node);
    this.#repaired.push({ column, nodeId: node.id });
  }

  /** Another repair, or a rebalance, was here meanwhile: what it wrote counts as ours would, once it was read. */
  async #lookAgain(column: number, node: StorageNode): Promise<void> {
    const kept = { name: { ...this.#inspected.name, column }, manifestHash: this.#truth.manifestHash };
    let reason: DamageReason = 'missing';
    try {
      if (await isWhole(node, kept, 'full', this.#options)) return this.#name(column, node);
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      reason = damageReasonOf(error);
    }
    // A copy beside one that is whole need not be right.
    if (!this.has(column)) this.leave(column, reason);
  }

  /** Of two that are whole the named one counts: another goes as soon as a rebalance meets it. */
  #name(column: number, node: StorageNode): void {
    if (!this.#whole.has(column) || this.#options.before?.[column] === node.id) this.#whole.set(column, node);
    this.#unrepaired.delete(column);
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
      pace: this.#options.pace,
      ...this.#callOptions(),
    });
  }

  #callOptions(): { readonly signal?: AbortSignal } {
    const { signal } = this.#options;
    return signal ? { signal } : {};
  }
}
