export { closeBuilt, createBuildFile, type FileFormat, removeFile } from './file.ts';
export { ProjectionFile } from './projection-file.ts';
export { firstRow, inTransaction, prepareChange, prepareRows, rows } from './statements.ts';
