export { firstQueue } from './first-queue.ts';
export { playerOf } from './player-of.ts';
export { accountOf, trackLengths, trackOf } from './track-lengths.ts';
