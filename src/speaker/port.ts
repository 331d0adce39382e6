/** When sound of a device is heard. */
export interface DeviceReading {
  /** On the line of `performance.now()`. */
  readonly nowMs: number;
  /** Frames that were heard by then, of all that were handed over. */
  readonly heardFrames: number;
}

export interface DeviceEvents {
  /** Some times a second. */
  readonly onReading: (reading: DeviceReading) => void;
  /** It ran dry: what follows is heard later than was thought. */
  readonly onUnderrun: () => void;
  /** It is gone, and takes nothing any more; once, and not after it was disposed of. */
  readonly onGone: (error: Error) => void;
}

/** A sound card, or what stands for one: takes stereo frames at a steady rate, and tells when they are heard. */
export interface SoundDevice extends AsyncDisposable {
  readonly rateHz: number;
  /** Of samples from -1 to 1, interleaved; copied before it returns. Frames are heard in order, without gaps. */
  write(samples: Float32Array): void;
}

export type OpenSoundDevice = (events: DeviceEvents) => SoundDevice;

/** Sound of one track, from a place on. */
export interface Sound extends AsyncDisposable {
  /**
   * The next stereo frames, interleaved, in pieces of any length; undefined at the end. What is not asked for is not
   * decoded, but for a little. Rejects with `media-unreadable` or `media-too-costly` for what cannot be decoded.
   */
  next(): Promise<Float32Array | undefined>;
}

/** One track, fetched once, for as long as it may be needed. */
export interface Track extends AsyncDisposable {
  /**
   * From a position, to the frame. Waits for what is not fetched yet; fetching goes on over a server that is away. With the
   * signal the sound ends, too.
   */
  soundFrom(positionMs: number, signal: AbortSignal): Promise<Sound>;
}

/** Where music comes from. */
export interface Tracks {
  readonly rateHz: number;
  /** Begins to fetch. */
  open(trackId: string): Track;
}
