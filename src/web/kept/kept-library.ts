import type { ReadyToPlay } from '../../api/reading.ts';
import {
  backoffMs,
  browserClock,
  type BrowserTrackSource,
  type DeviceDatabase,
  type KeptTracks,
  type TrackAccess,
  TrackFault,
} from '../source/index.ts';
import { openKeptPieces, PIECE_CHUNKS } from './kept-pieces.ts';

/** An album, a playlist, or a track alone, that is to be there without a server. */
export interface KeptList {
  /** Its wire id. */
  readonly id: string;
  readonly trackIds: readonly string[];
  /** What pages show of it; taken as it is. */
  readonly about: unknown;
}

/** One for each track, whichever lists it is in. Its keys stay sealed to the device's key. */
interface KeptTrack {
  readonly answer: ReadyToPlay;
  readonly pieceCount: number;
  /** Pieces that are there, from the first. */
  readonly keptCount: number;
}

export interface KeepProgress {
  readonly keptPieces: number;
  /** Grows while the sizes of further tracks become known. */
  readonly pieces: number;
  readonly keptTracks: number;
}

export interface KeptSpace {
  readonly usedBytes: number;
  readonly quotaBytes: number;
  /** False: the browser may remove it when space is short. */
  readonly persistent: boolean;
}

/** The browser gives this site no more space. */
export class KeptSpaceFull extends Error {
  constructor(options?: ErrorOptions) {
    super('the browser has no space left for this site', options);
    this.name = 'KeptSpaceFull';
  }
}

/** What this device plays without a server. */
export interface KeptLibrary extends KeptTracks {
  lists(): Promise<readonly (KeptList & { readonly complete: boolean })[]>;
  /**
   * Fetches what is not there yet of a list, and goes on where an earlier call was cut short. Waits for a server that
   * is away, until the signal ends it. Throws `KeptSpaceFull`, or the `TrackFault` of the first track that could
   * not be had, after the others.
   */
  keep(list: KeptList, options: KeepOptions): Promise<void>;
  /** Frees the space of the tracks that no other list has. */
  remove(listId: string): Promise<void>;
  space(): Promise<KeptSpace>;
}

export interface KeepOptions {
  readonly source: BrowserTrackSource;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: KeepProgress) => void;
}

/** `name` is the database's: one an account. */
export async function openKeptLibrary(database: DeviceDatabase, name: string): Promise<KeptLibrary> {
  const pieces = await openKeptPieces(name);

  /** Tabs take turns, so that none removes what another has just found to be there. */
  function changing<Value>(change: () => Promise<Value>): Promise<Value> {
    return navigator.locks.request(`${name} kept`, change);
  }

  const isKept = async (listId: string) => (await database.get('kept-lists', listId)) !== undefined;
  const trackOf = (trackId: string) => database.get<KeptTrack>('kept-tracks', trackId);

  async function forget(trackId: string): Promise<void> {
    const track = await trackOf(trackId);
    if (!track) return;
    await database.delete('kept-tracks', trackId);
    await pieces.delete(track.answer.audio.assetId, track.pieceCount);
  }

  /** Where keeping goes on; what is there of another ciphertext is of no use. */
  function begin(trackId: string, { answer, audio }: TrackAccess): Promise<KeptTrack> {
    return changing(async () => {
      const before = await trackOf(trackId);
      const keptCount = before?.answer.audio.assetId === answer.audio.assetId ? before.keptCount : 0;
      if (before && keptCount === 0) await forget(trackId);
      // Its first chunk is in the first piece, and its ticket is over soon.
      const track = {
        answer: { ...answer, firstChunk: '', ticket: '' },
        pieceCount: Math.ceil(audio.layout.chunkCount / PIECE_CHUNKS),
        keptCount,
      };
      await database.put('kept-tracks', trackId, track);
      return track;
    });
  }

  async function keepTrack(
    listId: string,
    trackId: string,
    { source, signal }: KeepOptions,
    onPiece: (kept: number, count: number) => void,
  ): Promise<void> {
    const before = await trackOf(trackId);
    if (before && isWhole(before)) return onPiece(before.pieceCount, before.pieceCount);
    const access = await untilAnswered(() => source.access(trackId, signal), signal);
    const track = await begin(trackId, access);
    const { chunkCount } = access.audio.layout;
    onPiece(track.keptCount, track.pieceCount);
    for (let piece = track.keptCount; piece < track.pieceCount; piece++) {
      const first = piece * PIECE_CHUNKS;
      const count = Math.min(PIECE_CHUNKS, chunkCount - first);
      const chunks = await untilAnswered(
        () => Promise.all(Array.from({ length: count }, (_, i) => access.sealedChunk(first + i, signal))),
        signal,
      );
      await changing(async () => {
        signal.throwIfAborted();
        if (!(await isKept(listId))) throw new DOMException('the list was removed', 'AbortError');
        await pieces.put(access.answer.audio.assetId, piece, chunks);
        await database.put('kept-tracks', trackId, { ...track, keptCount: piece + 1 });
      });
      onPiece(1, 0);
    }
  }

  return {
    async find(trackId) {
      const track = await trackOf(trackId).catch(() => undefined);
      return track && isWhole(track) ? track.answer : undefined;
    },

    chunk: (assetId, chunk) => pieces.chunk(assetId, chunk).catch(() => undefined),

    async lists() {
      const lists = await database.all<KeptList>('kept-lists');
      return Promise.all(
        lists.map(async (list) => {
          const tracks = await Promise.all(list.trackIds.map(trackOf));
          return {
            ...list,
            complete: tracks.every((track) => track && isWhole(track)),
          };
        }),
      );
    },

    async keep(list, options) {
      // Asked here, where the listener has just said what it is for; a refusal only means that it may be removed.
      await navigator.storage.persist().catch(() => false);
      await changing(() => database.put('kept-lists', list.id, list));
      let progress: KeepProgress = { keptPieces: 0, pieces: 0, keptTracks: 0 };
      const report = (change: Partial<KeepProgress>) => {
        progress = { ...progress, ...change };
        options.onProgress?.(progress);
      };
      let fault: TrackFault | undefined;
      for (const trackId of new Set(list.trackIds)) {
        try {
          await keepTrack(list.id, trackId, options, (kept, count) =>
            report({ keptPieces: progress.keptPieces + kept, pieces: progress.pieces + count }),
          );
          report({ keptTracks: progress.keptTracks + 1 });
        } catch (cause) {
          if ((cause as Error).name === 'QuotaExceededError') throw new KeptSpaceFull({ cause });
          if (!(cause instanceof TrackFault)) throw cause;
          fault ??= cause;
        }
      }
      if (fault) throw fault;
    },

    remove: (listId) =>
      changing(async () => {
        const list = await database.get<KeptList>('kept-lists', listId);
        await database.delete('kept-lists', listId);
        const others = await database.all<KeptList>('kept-lists');
        const wanted = new Set(others.flatMap(({ trackIds }) => trackIds));
        for (const trackId of list?.trackIds ?? []) if (!wanted.has(trackId)) await forget(trackId);
      }),

    async space() {
      const { usage = 0, quota = 0 } = await navigator.storage.estimate();
      return { usedBytes: usage, quotaBytes: quota, persistent: await navigator.storage.persisted() };
    },
  };
}

function isWhole({ keptCount, pieceCount }: KeptTrack): boolean {
  return keptCount === pieceCount;
}

async function untilAnswered<Value>(ask: () => Promise<Value>, signal: AbortSignal): Promise<Value> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask();
    } catch (fault) {
      signal.throwIfAborted();
      if (!(fault instanceof TrackFault && fault.retrying)) throw fault;
    }
    await browserClock.wait(backoffMs(attempt, Math.random()), signal);
  }
}
