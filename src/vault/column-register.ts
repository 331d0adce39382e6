import type { AssetId, AssetLocation, LayoutId, NodeId, Policy } from '../core/index.ts';

/** One copy of a column: what one node has of it. */
export interface ColumnCopyName {
  readonly assetId: AssetId;
  readonly layoutId: LayoutId;
  readonly column: number;
  readonly nodeId: NodeId;
}

/** How an asset is dealt out anew. */
export interface SwitchedLayout {
  readonly layoutId: LayoutId;
  readonly policy: Policy;
  /** By column; without an entry for what is not stored. */
  readonly columnNodes: readonly (NodeId | undefined)[];
  readonly storedBytes: number;
}

/**
 * Which copy of each column counts, and who is writing or erasing which of the others. Of each column one copy is *named*;
 * a copy can be *claimed* by one worker, and no copy is both. The rules that keep an asset whole, whatever workers do at
 * the same time and whenever they are killed (docs/adr/0024-life-of-the-matrix.md):
 *
 * - a copy is created or deleted by the worker that has claimed it, and by no other;
 * - a named copy was whole when it was named, and cannot be claimed;
 * - what a worker that has ended had claimed goes to another, which deletes it.
 */
export interface ColumnRegister {
  /** Undefined for an asset that is not known, or no longer. */
  locate(assetId: AssetId): Promise<AssetLocation | undefined>;
  /** A new worker, which ends when it is disposed: then no call of its own may be under way. */
  enter(): ColumnWorker;
}

export interface ColumnWorker extends Disposable {
  /** Of copies of one asset, those that are this worker's now. None for an asset that is not known. */
  claim(copies: readonly ColumnCopyName[]): Promise<readonly ColumnCopyName[]>;
  /** Names a claimed copy in place of the named one, which is claimed from then on. False where that is not named. */
  move(column: Omit<ColumnCopyName, 'nodeId'>, from: NodeId, to: NodeId): Promise<boolean>;
  /** Names a layout of which every copy is claimed, in place of the named one, whose copies are claimed from then on. */
  switchLayout(assetId: AssetId, from: LayoutId, to: SwitchedLayout): Promise<boolean>;
  release(copies: readonly ColumnCopyName[]): Promise<void>;
  /** Takes what workers had claimed that have ended, killed ones among them. */
  inherit(): Promise<readonly ColumnCopyName[]>;
}
