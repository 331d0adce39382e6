export { Adoption, type AdoptionOptions } from './adopt.ts';
export { type AssetReader } from './companions/asset-media.ts';
export { backfillTables, type BackfillProgress } from './companions/backfill.ts';
export { Preparation } from './companions/preparation.ts';
export { type ImportOptions, importSource } from './import.ts';
export type { CoverImage, MediaProbe, ProbedMedia, ReadableMedia } from './port.ts';
export type { ImportPhase, ImportProgress, ImportRemark, ImportReport } from './report.ts';
export { pathForPeople } from './scan/path-key.ts';
export type { Seal, SealInput } from './seal.ts';
