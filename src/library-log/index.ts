export { type ReadLogOptions, readLibraryLog } from './reader.ts';
export type { ChainSummary } from './summary.ts';
export { LibraryLog, type LibraryLogOptions, type LogHead } from './writer.ts';
