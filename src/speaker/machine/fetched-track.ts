import type { FileHandle } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ClefError, isClefError } from '../../core/index.ts';
import { assertRoom, openSpool } from '../../transcode/ffmpeg/spool.ts';
import type { Sound, Track } from '../port.ts';
import { ffmpegSound, type SoundPrograms } from './ffmpeg-sound.ts';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/** A body that says nothing for so long is cut off, and gone on with by another request. */
const IDLE_MS = 15_000;
/** What a seek decodes before its place, and leaves out: a frame of MP3 may need nine before it, Opus 80 ms. */
const PRE_ROLL_SECONDS = 0.5;
/** What is read of the spool at once. */
const PIECE_BYTES = 65_536;

export interface FetchedTrackOptions {
  /** Where a track is asked for; any number of times, by ranges. */
  readonly request: (headers: Record<string, string>, signal: AbortSignal) => Promise<Response>;
  readonly programs: SoundPrograms;
  /** A folder that is memory. */
  readonly folder: string;
  readonly rateHz: number;
}

/** A track on its way into memory. What is cut off goes on where it was; what is there can be decoded meanwhile. */
export class FetchedTrack implements Track {
  readonly #options: FetchedTrackOptions;
  readonly #gone = new AbortController();
  readonly #spool: Promise<FileHandle>;
  readonly #fetching: Promise<void>;
  #received = 0;
  #lengthBytes: number | undefined;
  #etag: string | undefined;
  #fault: unknown;
  #more = Promise.withResolvers<void>();

  constructor(options: FetchedTrackOptions) {
    this.#options = options;
    this.#spool = openSpool(options.folder);
    this.#fetching = this.#fetch().catch((error: unknown) => {
      this.#fault = error;
      this.#tell();
    });
  }

  get #isWhole(): boolean {
    return this.#received === this.#lengthBytes;
  }

  async soundFrom(positionMs: number, signal: AbortSignal): Promise<Sound> {
    const { programs, rateHz } = this.#options;
    const spool = await this.#spool;
    const frame = Math.max(0, Math.round((positionMs * rateHz) / 1000));
    const preRoll = Math.min(frame, PRE_ROLL_SECONDS * rateHz);
    const ofFile = (): Sound => {
      const input = { kind: 'file', fd: spool.fd } as const;
      const fromSeconds = (frame - preRoll) / rateHz;
      return without(preRoll, ffmpegSound({ programs, rateHz, fromSeconds, input, signal }));
    };
    if (this.#isWhole) return ofFile();
    const input = { kind: 'pipe', bytes: this.#arriving(spool, signal) } as const;
    const coming = ffmpegSound({ programs, rateHz, fromSeconds: 0, input, signal });
    return this.#eitherWay(without(frame, coming), ofFile, signal);
  }

  /**
   * What is decoded as it comes is decoded from its beginning. Some formats have what a decoder must know at their end: these
   * wait until all is here.
   */
  #eitherWay(coming: Sound, ofFile: () => Sound, signal: AbortSignal): Sound {
    let sound = coming;
    let hasBegun = false;
    return {
      next: async () => {
        for (;;) {
          const piece = await sound.next().catch((error: unknown) => {
            if (hasBegun || sound !== coming || !isClefError(error, 'media-unreadable')) throw error;
            return undefined;
          });
          if (!piece && !hasBegun && sound === coming) {
            await this.#whole(signal);
            await coming[Symbol.asyncDispose]();
            sound = ofFile();
            continue;
          }
          hasBegun = true;
          return piece;
        }
      },
      [Symbol.asyncDispose]: () => sound[Symbol.asyncDispose](),
    };
  }

  async #whole(signal: AbortSignal): Promise<void> {
    while (!this.#isWhole) await this.#moreOf(signal);
  }

  async *#arriving(spool: FileHandle, signal: AbortSignal): AsyncIterable<Uint8Array> {
    for (let at = 0; at !== this.#lengthBytes; ) {
      if (at >= this.#received) {
        await this.#moreOf(signal);
        continue;
      }
      const piece = new Uint8Array(Math.min(PIECE_BYTES, this.#received - at));
      const { bytesRead } = await spool.read(piece, 0, piece.length, at);
      at += bytesRead;
      yield piece.subarray(0, bytesRead);
    }
  }

  async #moreOf(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#fault !== undefined) throw this.#fault;
    const { promise, reject } = Promise.withResolvers<never>();
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    try {
      await Promise.race([this.#more.promise, promise]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  #tell(): void {
    this.#more.resolve();
    this.#more = Promise.withResolvers<void>();
  }

  async #fetch(): Promise<void> {
    const { signal } = this.#gone;
    const spool = await this.#spool;
    for (let waitMs = FIRST_WAIT_MS; !this.#isWhole; ) {
      const before = this.#received;
      try {
        await this.#fetchOnce(spool);
      } catch (error) {
        signal.throwIfAborted();
        if (isClefError(error) && !error.retryable) throw error;
      }
      if (this.#received > before) waitMs = FIRST_WAIT_MS;
      if (this.#isWhole) return;
      await delay(waitMs, undefined, { signal });
      waitMs = Math.min(LONGEST_WAIT_MS, 2 * waitMs);
    }
  }

  async #fetchOnce(spool: FileHandle): Promise<void> {
    const idle = new AbortController();
    let watch = setTimeout(() => idle.abort(), IDLE_MS);
    try {
      const signal = AbortSignal.any([idle.signal, this.#gone.signal]);
      const isRest = this.#received > 0 && this.#etag !== undefined;
      const response = await this.#options.request(
        isRest ? { range: `bytes=${this.#received}-`, 'if-range': this.#etag ?? '' } : {},
        signal,
      );
      await this.#take(response);
      for await (const piece of response.body ?? []) {
        clearTimeout(watch);
        watch = setTimeout(() => idle.abort(), IDLE_MS);
        await this.#keep(spool, piece);
      }
    } finally {
      clearTimeout(watch);
    }
  }

  /** Looks at what kind of answer it is: the rest, or all from the beginning on. */
  async #take({ status, headers }: Response): Promise<void> {
    const length = Number(headers.get('content-length') ?? Number.NaN);
    if (status === 206) {
      const total = Number(/\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1] ?? Number.NaN);
      if (total === this.#lengthBytes) return;
      throw new ClefError('media-unreadable', 'the track is another one than it was a moment ago');
    }
    if (status !== 200) throw new ClefError('not-ready', `the server answered ${status}`);
    if (!Number.isSafeInteger(length)) throw new ClefError('media-unreadable', 'the server names no length');
    if (this.#received > 0)
      throw new ClefError('media-unreadable', 'the track is another one than it was a moment ago');
    await assertRoom(this.#options.folder, length);
    this.#lengthBytes = length;
    this.#etag = headers.get('etag') ?? undefined;
  }

  async #keep(spool: FileHandle, piece: Uint8Array): Promise<void> {
    const room = (this.#lengthBytes ?? 0) - this.#received;
    const bytes = piece.subarray(0, room);
    for (let from = 0; from < bytes.length; ) {
      const { bytesWritten } = await spool.write(bytes, from, bytes.length - from, this.#received);
      from += bytesWritten;
      this.#received += bytesWritten;
    }
    this.#tell();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#gone.abort();
    await this.#fetching;
    this.#tell();
    await (await this.#spool).close();
  }
}

/** The same without its first frames. */
function without(frames: number, sound: Sound): Sound {
  let left = 2 * frames;
  return {
    async next() {
      for (;;) {
        const piece = await sound.next();
        if (!piece || left === 0) return piece;
        const out = Math.min(left, piece.length);
        left -= out;
        if (out < piece.length) return piece.subarray(out);
      }
    },
    [Symbol.asyncDispose]: () => sound[Symbol.asyncDispose](),
  };
}
