import { followChanges, type FollowOptions, type ProjectionFeed } from '../projection/index.ts';
import { playChangeOf, playedTables } from './changes.ts';
import type { PlayChange, PlayFile } from './port.ts';

export interface PlayFeedOptions extends Pick<FollowOptions<PlayChange>, 'stream' | 'onFailure'> {
  readonly file: PlayFile;
}

/** Keeps a play file in step with a catalogue. */
export function startPlayFeed({ file, ...options }: PlayFeedOptions): ProjectionFeed {
  return followChanges({
    ...options,
    projection: file,
    itemOf: playChangeOf,
    tables: [playedTables],
    name: 'the play file',
  });
}
