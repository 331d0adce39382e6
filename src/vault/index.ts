export {
  type AssetHealth,
  checkAsset,
  type ColumnHealth,
  type ColumnStanding,
  glanceAtAsset,
} from './asset-health.ts';
export { type AssetFacts, type AssetKind, openFacts } from './birth.ts';
export { releasePiece } from './chunk-cache.ts';
export {
  type ColumnFooter,
  type ColumnName,
  columnObjectName,
  columnRegions,
  FOOTER_BYTES,
  type LayoutName,
  parseColumnObjectName,
  parseFooter,
} from './column-object.ts';
export type {
  ColumnCopyName,
  ColumnRegister,
  ColumnWorker,
  SwitchedLayout,
} from './column-register.ts';
export type { WriteMode } from './column-plan.ts';
export { columnsOnlyOn } from './columns-only-on.ts';
export type { DamageDesk, DamagedLayout, DamageListener, DamageReason, DamageReport } from './damage.ts';
export { loadErasureCode } from './erasure/load.ts';
export type { ErasureCode } from './erasure/index.ts';
export { enumerateLayouts, type FoundLayout, type FoundPart, PART_COUNT } from './found-layouts.ts';
export {
  type ColumnCopy,
  columnsInNeed,
  type InspectContext,
  type InspectedLayout,
  inspectLayout,
  type LayoutTruth,
} from './inspect-layout.ts';
export { type KeyStatements, readStatements, storeStatements } from './key-statements.ts';
export { type ChunkPlace, createLayout, type Layout } from './layout.ts';
export type { RepairedColumn, RepairOutcome, UnrepairedColumn } from './layout-repair.ts';
export type { MaintenanceOptions, MaintenanceProgress } from './maintenance.ts';
export {
  type AssetAtRisk,
  type DomainLoss,
  type MatrixSurvey,
  type NodeLoad,
  surveyMatrix,
} from './matrix-survey.ts';
export { nodeAead } from './node-aead.ts';
export { NameLocks } from './name-locks.ts';
export { type KnownNode, type NodeMount, NodeSet, type NodeState } from './node-set.ts';
export { hasKnownLimit, nodeWeights } from './node-weights.ts';
export { rebalance, type RebalanceOptions, type RebalanceReport } from './rebalance.ts';
export { relayout, type RelayoutOptions, type RelayoutReport } from './relayout.ts';
export { askOn, readOn } from './read-on.ts';
export { createPace } from './pace.ts';
export { readFacts } from './read-facts.ts';
export { createVaultReader, type VaultReader, type VaultReaderOptions } from './reader.ts';
export type { ReadOptions } from './read.ts';
export type { StorageNode } from './nodes/port.ts';
export {
  repair,
  repairLayout,
  type RepairOptions,
  repairReported,
  type RepairReport,
} from './repair.ts';
export { type AssetSample, sampleAssets, type SampleOptions } from './sample-assets.ts';
export { scrub, type ScrubOptions, type ScrubReport } from './scrub.ts';
export {
  type ColumnMap,
  type LayoutMap,
  mapAsset,
  type NodeStatus,
  type VaultStatus,
  vaultStatus,
} from './status.ts';
export {
  type AssetStanding,
  sweep,
  type SweepKeeping,
  type SweepOptions,
  type SweepReport,
  TOMBSTONE_AGE_MS,
} from './sweep.ts';
export {
  findTombstone,
  type FoundTombstone,
  loadTombstones,
  signTombstone,
  type SignedTombstone,
  type Tombstone,
  writeTombstone,
} from './tombstones.ts';
export { createVault, type Vault, type VaultOptions } from './vault.ts';
export type { CurrentEpoch, WriteInput, WrittenAsset } from './write.ts';
