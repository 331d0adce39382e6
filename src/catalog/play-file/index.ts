export { startPlayFeed } from './feed.ts';
export type { PlayChange, PlayCompanion, PlayFile, PlayTrack } from './port.ts';
export { createPlayReader } from './reader.ts';
