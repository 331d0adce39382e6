import { randomBytes } from 'node:crypto';
import type { CatalogReader, ColumnClaims } from '../../catalog/index.ts';
import type { ServerId } from '../../core/index.ts';
import type { ColumnRegister } from '../../vault/index.ts';

/**
 * The catalogue as the vault's workers see it. A worker of this server that does not live in this process is dead: the
 * lock of the data folder keeps every other process out. Another server's is never taken for dead.
 */
export function columnRegister(
  catalog: ColumnClaims & Pick<CatalogReader, 'asset'>,
  serverId: ServerId,
): ColumnRegister {
  const alive = new Set<string>();
  return {
    locate: (assetId) => catalog.asset(assetId),
    enter() {
      const owner = `${serverId}.${randomBytes(8).toString('hex')}`;
      alive.add(owner);
      return {
        claim: (copies) => catalog.claimColumns(copies, owner),
        move: (column, from, to) => catalog.moveColumn({ ...column, from, to }, owner),
        switchLayout: (assetId, from, to) => catalog.switchLayout(assetId, from, to, owner),
        release: (copies) => catalog.releaseColumns(copies, owner),
        inherit: () =>
          catalog.inheritClaims(owner, (other) => other.startsWith(`${serverId}.`) && !alive.has(other)),
        [Symbol.dispose]: () => void alive.delete(owner),
      };
    },
  };
}
