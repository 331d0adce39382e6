import type { PacketTable } from '../../playback/index.ts';

/** What the engine plays. `itemId` names one place in the queue; one track may stand in it twice. */
export interface EngineItem {
  readonly itemId: string;
  readonly trackId: string;
  readonly durationMs: number;
  /** In dB; undefined where unknown. */
  readonly trackGainDb?: number;
  readonly albumGainDb?: number;
  readonly trackPeak?: number;
  readonly albumPeak?: number;
}

/** Verified, decrypted bytes of one track. A port: its adapter fetches, decrypts, retries and hedges. */
export interface OpenedTrack {
  readonly table: PacketTable;
  /** Plaintext chunks are 65,536 bytes, the last may be shorter. Rejects with an `EngineFault`. */
  chunk(index: number, signal: AbortSignal): Promise<Uint8Array>;
  close(): void;
}

export interface TrackSource {
  open(trackId: string, signal: AbortSignal): Promise<OpenedTrack>;
}

export type EngineFaultKind =
  /** The server does not answer; the engine goes on trying by itself. */
  | 'offline'
  /** Signed out, or the device was revoked. */
  | 'not-allowed'
  /** Bytes that no copy could mend. */
  | 'damaged'
  /** No decoder of this browser takes it. */
  | 'unsupported'
  /** It is being converted; the engine asks again by itself. */
  | 'preparing'
  | 'not-found';

export interface EngineFault {
  readonly kind: EngineFaultKind;
  readonly trackId: string;
  /** False where the engine gave the track up, and went on to the next. */
  readonly retrying: boolean;
}

export type ReplayGainMode = 'track' | 'album' | 'off';

export interface EngineSettings {
  /** 0 to 1, perceived loudness. */
  readonly volume: number;
  readonly muted: boolean;
  /** 0.5 to 2. */
  readonly rate: number;
  readonly replayGain: ReplayGainMode;
  /** Added to every track's gain, in dB. */
  readonly preampDb: number;
  /** 0 for gapless; up to 12,000. */
  readonly crossfadeMs: number;
  /** Empty for the system's own choice. */
  readonly outputDeviceId: string;
}

export type RepeatMode = 'off' | 'all' | 'one';

export interface EngineState {
  /** `waiting`: it is to play, and has nothing to play yet. */
  readonly status: 'idle' | 'waiting' | 'playing' | 'paused';
  readonly items: readonly EngineItem[];
  /** -1 without a current item. */
  readonly currentIndex: number;
  readonly durationMs: number;
  readonly repeat: RepeatMode;
  readonly settings: EngineSettings;
  readonly fault?: EngineFault;
  /** Moments without sound that the listener should have heard music in, since the page was loaded. */
  readonly underruns: number;
}

/**
 * Where music is to be heard when: what outputs that sound together agree on. Times are of `performance.now()`, and of what
 * leaves the device, not of what is rendered for it.
 */
export interface Pace {
  readonly itemId: string;
  /** Heard at `atMs`; where that lies ahead, the music stands there until then. It may run on behind the item's end. */
  readonly positionMs: number;
  readonly atMs: number;
  readonly playing: boolean;
  /** It is only measured how far from this it is heard; nothing is corrected. */
  readonly free?: boolean | undefined;
  /** When it falls silent here, to the frame: another output goes on. */
  readonly untilMs?: number | undefined;
  /** Of the music: 1 is its own. */
  readonly rate: number;
  /** Shared time that passes in a millisecond of `performance.now()`: near 1. */
  readonly clockRate: number;
  /** How far `atMs` may be from the shared time that it stands for. */
  readonly uncertaintyMs: number;
  /** What was learnt before of this output: how much later than it is rendered, at its best, sound is heard. */
  readonly latencyMs?: number | undefined;
}

export interface PaceError {
  /** Heard less wanted: positive where this output is ahead. */
  readonly errorMs: number;
  /** Of the shared time, and of what is known about when sound leaves the device. */
  readonly uncertaintyMs: number;
  /** To be remembered for the next pace; undefined until it is known. */
  readonly latencyMs?: number | undefined;
}

/**
 * The player: a queue and its sound. Framework-free; every call is answered at once, what follows is told to
 * subscribers. Position changes all the time and is asked for instead.
 */
export interface Engine extends AsyncDisposable {
  readonly state: EngineState;
  /** Called after each change of `state`, and after each seek; answers the unsubscriber. */
  subscribe(listener: () => void): () => void;
  /** Heard position in the current item, interpolated; for animation frames. */
  positionMs(): number;
  /** What would play on without the server, ahead of the position. */
  bufferedMs(): number;

  /** To be called in the first gesture: starts the audio context on silence, and warms the decoders. */
  warm(): Promise<void>;
  /** Exchanges the queue; what plays goes on where its item is still in it and `currentIndex` names it. */
  setQueue(
    items: readonly EngineItem[],
    options: { currentIndex: number; positionMs?: number; play: boolean },
  ): void;
  /** Changes what comes after and before, never what sounds now. */
  editQueue(items: readonly EngineItem[]): void;
  play(): void;
  pause(): void;
  seek(positionMs: number): void;
  next(): void;
  previous(): void;
  jumpTo(index: number): void;
  setRepeat(mode: RepeatMode): void;
  /**
   * Plays by a pace from now on: which item of the queue sounds, where in it, when, and whether. Given anew whenever it
   * changes, and when an item is over. Undefined: by itself again, from where it is, exact to the sample. Engines without
   * this can only play by themselves.
   */
  keepPace?(pace: Pace | undefined): void;
  /** As measured last; undefined while nothing sounds by a pace. */
  paceError?(): PaceError | undefined;
  change(settings: Partial<EngineSettings>): void;
  /** Outputs that the browser lets the page choose from; empty where it does not. */
  outputDevices(): Promise<readonly { readonly id: string; readonly label: string }[]>;
}
