export { assertHeadKnown, type ChainSummary, type ReadLogOptions, readLibraryLog } from './reader.ts';
export { LibraryLog, type LibraryLogOptions, type LogHead } from './writer.ts';
