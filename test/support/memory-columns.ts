import type { AssetId, AssetLocation, LayoutId, NodeId } from '../../src/core/index.ts';
import type { ColumnCopyName, ColumnRegister, ColumnWorker, SwitchedLayout } from '../../src/vault/index.ts';

/** A register in this process; a killed worker is one that has ended, whatever it is still waiting for. */
export class MemoryColumns implements ColumnRegister {
  readonly #assets = new Map<AssetId, AssetLocation>();
  readonly #claims = new Map<string, { readonly copy: ColumnCopyName; owner: number }>();
  readonly #alive = new Set<number>();
  #last = 0;

  put(location: AssetLocation): void {
    this.#assets.set(location.assetId, location);
  }

  /** As a power cut ends all workers. */
  endAll(): void {
    this.#alive.clear();
  }

  get claimCount(): number {
    return this.#claims.size;
  }

  async locate(assetId: AssetId): Promise<AssetLocation | undefined> {
    return this.#assets.get(assetId);
  }

  enter(): ColumnWorker {
    const owner = ++this.#last;
    this.#alive.add(owner);
    return {
      claim: async (copies) => copies.filter((copy) => this.#claim(copy, owner)),
      move: async (column, from, to) => this.#move(column, from, to, owner),
      switchLayout: async (assetId, from, to) => this.#switch(assetId, from, to, owner),
      release: async (copies) => {
        for (const copy of copies) if (this.#ownerOf(copy) === owner) this.#claims.delete(keyOf(copy));
      },
      inherit: async () => {
        const ended = [...this.#claims.values()].filter((claim) => !this.#alive.has(claim.owner));
        for (const claim of ended) claim.owner = owner;
        return ended.map(({ copy }) => copy);
      },
      [Symbol.dispose]: () => void this.#alive.delete(owner),
    };
  }

  #ownerOf(copy: ColumnCopyName): number | undefined {
    return this.#claims.get(keyOf(copy))?.owner;
  }

  #isNamed({ assetId, layoutId, column, nodeId }: ColumnCopyName): boolean {
    const asset = this.#assets.get(assetId);
    return asset?.layoutId === layoutId && asset.columnNodes[column] === nodeId;
  }

  #claim(copy: ColumnCopyName, owner: number): boolean {
    const other = this.#ownerOf(copy);
    if (!this.#assets.has(copy.assetId) || this.#isNamed(copy) || (other !== undefined && other !== owner))
      return false;
    this.#claims.set(keyOf(copy), { copy, owner });
    return true;
  }

  #move(column: Omit<ColumnCopyName, 'nodeId'>, from: NodeId, to: NodeId, owner: number): boolean {
    const asset = this.#assets.get(column.assetId);
    const [old, fresh] = [
      { ...column, nodeId: from },
      { ...column, nodeId: to },
    ];
    if (!asset || !this.#isNamed(old) || this.#ownerOf(fresh) !== owner) return false;
    this.#claims.delete(keyOf(fresh));
    this.#claims.set(keyOf(old), { copy: old, owner });
    this.put({ ...asset, columnNodes: asset.columnNodes.with(column.column, to) });
    return true;
  }

  #switch(assetId: AssetId, from: LayoutId, to: SwitchedLayout, owner: number): boolean {
    const asset = this.#assets.get(assetId);
    if (asset?.layoutId !== from) return false;
    const fresh = copiesOf(assetId, to.layoutId, to.columnNodes);
    if (fresh.some((copy) => this.#ownerOf(copy) !== owner)) return false;
    for (const copy of fresh) this.#claims.delete(keyOf(copy));
    for (const copy of copiesOf(assetId, from, asset.columnNodes))
      this.#claims.set(keyOf(copy), { copy, owner });
    const { layoutId, policy, columnNodes } = to;
    this.put({ ...asset, layoutId, policy, columnNodes });
    return true;
  }
}

function copiesOf(
  assetId: AssetId,
  layoutId: LayoutId,
  nodes: readonly (NodeId | undefined)[],
): ColumnCopyName[] {
  return nodes.flatMap((nodeId, column) => (nodeId ? [{ assetId, layoutId, column, nodeId }] : []));
}

function keyOf({ assetId, layoutId, column, nodeId }: ColumnCopyName): string {
  return `${assetId}.${layoutId}.${column}.${nodeId}`;
}
