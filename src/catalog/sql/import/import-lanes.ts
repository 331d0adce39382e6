import type { TrackId } from '../../../core/index.ts';
import { digestOf } from '../ids.ts';
import type { ImportedTrack } from '../../port.ts';
import { GroupCommit } from '../group-commit.ts';

export interface LaneOptions {
  /** Transactions at once. */
  readonly lanes: number;
  /** Tracks in one of them. */
  readonly maxBatch: number;
}

/** SQLite has one writer: enough to share one fsync, few enough to hold up nobody (about 20 ms). */
export const LANES_OF_SQLITE: LaneOptions = { lanes: 1, maxBatch: 32 };
/** One waits for the database while the other computes. A statement costs more than its rows, so that a batch is large. */
export const LANES_OF_MYSQL: LaneOptions = { lanes: 2, maxBatch: 256 };
/**
 * Two were slower over shards: circles of waiting between data nodes end by a timeout alone. A transaction writes the lane of nearly
 * every bucket to the outbox, however few its tracks.
 */
export const LANES_OF_SHARDS: LaneOptions = { lanes: 1, maxBatch: 512 };

/**
 * Several transactions at once. All albums of an artist go by one lane: two that change the same rows would wait for each
 * other, or undo each other's work.
 */
export class ImportLanes {
  readonly #lanes: readonly GroupCommit<ImportedTrack, TrackId>[];

  constructor(
    write: (tracks: readonly ImportedTrack[]) => Promise<readonly TrackId[]>,
    { lanes, maxBatch }: LaneOptions,
  ) {
    this.#lanes = Array.from({ length: lanes }, () => new GroupCommit(write, maxBatch));
  }

  async add(track: ImportedTrack): Promise<TrackId> {
    const { albumArtists, artists } = track.tags;
    const { vb } = digestOf(albumArtists[0] ?? artists[0] ?? '');
    const lane = this.#lanes[vb % this.#lanes.length];
    if (!lane) throw new RangeError('an import needs a lane');
    return lane.add(track);
  }
}
