export { playedTables } from './changes.ts';
export { startPlayFeed } from './feed.ts';
export type { PlayChange, PlayCompanion, PlayFile, PlayTrack } from './port.ts';
export { createPlayReader } from './reader.ts';
export { Unfollowed } from './unfollowed.ts';
