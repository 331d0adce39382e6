export { LARGEST_PART_BYTES } from './sealed-parts.ts';
export type { Upload, UploadedMedia, UploadFacts, UploadOutcome } from './upload.ts';
export { UploadDesk, type UploadDeskOptions, type Uploads } from './upload-desk.ts';
export { UploadStore, type UploadStoreOptions } from './upload-store.ts';
