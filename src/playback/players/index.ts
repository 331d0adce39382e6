export { firstEntries } from './first-entries.ts';
export type { PlaybackReport, Player, PlayingOutput, QueueToSave, SavedQueue } from './player.ts';
export { Players, type PlayersOptions } from './players.ts';
