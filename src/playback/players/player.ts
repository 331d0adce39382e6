/** An app that plays by itself and tells of it now and then, as Subsonic players do; or one that only keeps its queue here. */
export interface Player {
  /** `us-…`. */
  readonly userId: string;
  /** 16 characters of base64url, the same ones each time: its output, its commands and the session of its own are named by it. */
  readonly playerId: string;
  readonly name: string;
}

export interface QueueToSave {
  readonly trackIds: readonly string[];
  readonly currentIndex: number;
  /** False where the player named a track: of several places that hold it, any may be meant. */
  readonly isPlaceExact: boolean;
  readonly positionMs: number;
}

export interface SavedQueue {
  readonly trackIds: readonly string[];
  /** -1 without tracks. */
  readonly currentIndex: number;
  readonly positionMs: number;
  /** Time of day; undefined where nobody has saved or played anything yet. */
  readonly changedAtMs: number | undefined;
  readonly changedBy: string;
}

/** What a player says of itself. The server cannot tell it anything, so that this is how it is. */
export interface PlaybackReport {
  readonly trackId: string;
  readonly durationMs: number;
  /** `starting`: it fetches, and its clock stands until it says `playing`. */
  readonly state: 'starting' | 'playing' | 'paused' | 'stopped';
  readonly positionMs: number;
  readonly rate: number;
}

/** An output that makes its session heard now. */
export interface PlayingOutput {
  readonly userId: string;
  readonly outputId: string;
  readonly name: string;
  readonly trackId: string;
  readonly positionMs: number;
  readonly rate: number;
}
