import type { Sound, Track, Tracks } from '../../src/speaker/port.ts';

/** What the left channel of a frame holds: its number, the right one that of its track. */
export const FRAME_STEP = 1e-5;
const PIECE_FRAMES = 700;

export interface MemoryTracks extends Tracks {
  /** Nothing more is decoded until it is set to false. */
  isStalled: boolean;
  /** How often decoding was begun. */
  readonly decodings: number;
  /** Of tracks that are open now. */
  readonly openIds: readonly string[];
}

/** Tracks that are as long as is told, of which every frame can be known again: `tr-1` is 1 in the right channel. */
export function memoryTracks(
  rateHz: number,
  lengthsMs: Readonly<Record<string, number | undefined>>,
): MemoryTracks {
  const openIds: string[] = [];
  let isStalled = false;
  let decodings = 0;
  let goOn = Promise.withResolvers<void>();
  return {
    rateHz,
    openIds,
    get decodings() {
      return decodings;
    },
    get isStalled() {
      return isStalled;
    },
    set isStalled(value) {
      isStalled = value;
      goOn.resolve();
      goOn = Promise.withResolvers();
    },
    open(trackId): Track {
      openIds.push(trackId);
      const frames = Math.round(((lengthsMs[trackId] ?? 0) * rateHz) / 1000);
      const number = Number(trackId.slice('tr-'.length));
      return {
        async soundFrom(positionMs, signal): Promise<Sound> {
          decodings++;
          let at = Math.round((positionMs * rateHz) / 1000);
          return {
            async next() {
              if (isStalled) await goOn.promise;
              signal.throwIfAborted();
              if (lengthsMs[trackId] === undefined) throw new Error('it cannot be decoded');
              const count = Math.min(PIECE_FRAMES, frames - at);
              if (count <= 0) return undefined;
              const piece = new Float32Array(2 * count);
              for (let i = 0; i < count; i++) {
                piece[2 * i] = (at + i) * FRAME_STEP;
                piece[2 * i + 1] = number;
              }
              at += count;
              return piece;
            },
            [Symbol.asyncDispose]: async () => undefined,
          };
        },
        async [Symbol.asyncDispose]() {
          openIds.splice(openIds.indexOf(trackId), 1);
        },
      };
    },
  };
}
