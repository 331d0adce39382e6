export { type Covers, type ServedPicture, createCovers } from './covers.ts';
export { PictureWorkerPool } from './pool.ts';
export type { Picture, PictureRenderer } from './renderer.ts';
export { sendPicture } from './send-picture.ts';
