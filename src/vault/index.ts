export { type AssetFacts, type AssetKind, openFacts } from './birth.ts';
export { releasePiece } from './chunk-cache.ts';
export {
  assetPrefix,
  type ColumnFooter,
  type ColumnName,
  columnObjectName,
  columnRegions,
  FOOTER_BYTES,
  type LayoutName,
  parseColumnObjectName,
  parseFooter,
} from './column-object.ts';
export type { WriteMode } from './column-plan.ts';
export type { DamageDesk, DamageListener, DamageReason, DamageReport } from './damage.ts';
export { type KeyStatements, readStatements, storeStatements } from './key-statements.ts';
export { CELL_BYTES, type ChunkPlace, createLayout, type Layout } from './layout.ts';
export { nodeAead } from './node-aead.ts';
export { type KnownNode, type NodeMount, NodeSet, type NodeState } from './node-set.ts';
export { createVaultReader, type VaultReader, type VaultReaderOptions } from './reader.ts';
export type { ReadOptions } from './read.ts';
export { createVault, type Vault, type VaultOptions } from './vault.ts';
export type { CurrentEpoch, WriteInput, WrittenAsset } from './write.ts';
