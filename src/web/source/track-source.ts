import type { Decodable, ReadyToPlay } from '../../api/reading.ts';
import { type Bytes, fromBase64Url } from '../../core/index.ts';
import { type PacketTable, parsePacketTable } from '../../playback/index.ts';
import type { OpenedTrack, TrackSource } from '../engine/port.ts';
import { askToPlay } from './asking.ts';
import { createHedgeBudget, fetchChunk } from './chunk-fetch.ts';
import { createChunkMemory } from './chunk-memory.ts';
import { browserClock, type SourceClock } from './clock.ts';
import { createColumnReader, type ReaderLimits } from './column-reader.ts';
import { whatDecodes } from './decodable.ts';
import { TrackFault } from './faults.ts';
import { type Device, openPlayKeys } from './play-keys.ts';
import { createRequests } from './requests.ts';
import { openSealedAsset, openWhole, type SealedAsset } from './sealed-asset.ts';
import { createSharedTasks } from './shared-tasks.ts';
import { type Answered, createTicket } from './ticket.ts';

/** 32 MiB. */
const MEMORY_CHUNKS = 512;
const LIMITS: ReaderLimits = { lateMs: 400, silentMs: 4_000 };

/** Sealed copies on the device itself. A port: neither call rejects. */
export interface KeptTracks {
  /** The answer that the track was kept with; undefined unless all of it is there. */
  find(trackId: string): Promise<ReadyToPlay | undefined>;
  /** A sealed chunk, not verified; undefined where it is gone. */
  chunk(assetId: string, chunk: number): Promise<Bytes | undefined>;
}

export interface TrackSourceOptions {
  /** The path that Clef is served under, without a slash at its end. */
  readonly basePath: string;
  readonly device: Device;
  readonly kept?: KeptTracks;
  readonly fetch?: typeof fetch;
  readonly clock?: SourceClock;
  readonly decodable?: () => Promise<readonly Decodable[]>;
  readonly limits?: ReaderLimits;
}

/** A track whose keys have opened, and all that fetching its chunks takes. */
export interface TrackAccess {
  readonly answer: ReadyToPlay;
  readonly audio: SealedAsset;
  readonly table: PacketTable;
  /** A chunk as it is sealed, once it was found to be the right one. */
  sealedChunk(chunk: number, signal: AbortSignal): Promise<Bytes>;
  /** The same, decrypted. */
  plainChunk(chunk: number, signal: AbortSignal): Promise<Bytes>;
}

/** A track as the file that it is. */
export interface OpenedFile extends OpenedTrack {
  readonly lengthBytes: number;
}

export interface BrowserTrackSource extends TrackSource {
  open(trackId: string, signal: AbortSignal): Promise<OpenedFile>;
  /** For keeping a track: never from what is kept. */
  access(trackId: string, signal: AbortSignal): Promise<TrackAccess>;
}

/**
 * Tracks decrypted on this device. It uses no document, so that it can live in a worker. Chunks that it hands out are
 * kept in its memory too: they are not to be changed or transferred.
 */
export function createTrackSource({
  basePath,
  device,
  kept,
  fetch: send = fetch,
  clock = browserClock,
  decodable = whatDecodes,
  limits = LIMITS,
}: TrackSourceOptions): BrowserTrackSource {
  const requests = createRequests(basePath, send);
  const memory = createChunkMemory(MEMORY_CHUNKS);
  const hedges = createHedgeBudget();
  let decodes: Promise<readonly Decodable[]> | undefined;
  const asking = {
    requests,
    deviceId: device.thumbprint,
    clock,
    decodable: () => (decodes ??= decodable()),
  };

  function ask(trackId: string, signal: AbortSignal): Promise<ReadyToPlay> {
    return askToPlay(asking, trackId, signal);
  }

  /** Throws `ClefError` where the answer is not what its keys were made for. `isFresh`: its ticket serves. */
  async function accessTo(answer: ReadyToPlay, isFresh: boolean): Promise<TrackAccess> {
    const { trackId } = answer;
    const keys = await openPlayKeys(answer, device);
    const [audio, tableAsset] = await Promise.all([
      openSealedAsset(answer.audio, keys.audio),
      openSealedAsset(answer.table.location, keys.table),
    ]);
    const table = parsePacketTable(await openWhole(tableAsset, fromBase64Url(answer.table.sealed)));

    const answered = (fresh: ReadyToPlay, issuedAtMs: number): Answered => ({
      answer: fresh,
      ticketLifetimeMs: fresh.ticketExpiresAtMs - issuedAtMs,
    });
    const ticket = createTicket(
      isFresh ? answered(answer, keys.issuedAtMs) : { answer, ticketLifetimeMs: 0 },
      async (signal) => {
        const again = await ask(trackId, signal);
        // Another ciphertext has taken its place: the tickets of that one do not serve here.
        if (again.audio.assetId !== answer.audio.assetId) throw new TrackFault('not-found', trackId);
        return answered(again, (await openPlayKeys(again, device)).issuedAtMs);
      },
      clock,
    );
    const columns = createColumnReader(audio.layout, limits, (run, signal) =>
      requests.column(answer.audio, run, signal),
    );

    function fetched<Opened>(open: (chunk: number, sealed: Bytes) => Promise<Opened>) {
      return (chunk: number, signal: AbortSignal) =>
        fetchChunk(
          {
            trackId,
            ticket,
            clock,
            hedges,
            open,
            column: (chunk, presented, signal, onLate) => columns.read(chunk, presented, signal, onLate),
            verified: (chunk, presented, signal) => requests.verified(answer.audio, chunk, presented, signal),
          },
          chunk,
          signal,
        );
    }

    return {
      answer,
      audio,
      table,
      sealedChunk: fetched(async (chunk, sealed) => {
        await audio.open(chunk, sealed);
        return sealed;
      }),
      plainChunk: fetched((chunk, sealed) => audio.open(chunk, sealed)),
    };
  }

  async function access(trackId: string, signal: AbortSignal): Promise<TrackAccess> {
    const answer = await ask(trackId, signal);
    try {
      return await accessTo(answer, true);
    } catch (cause) {
      throw new TrackFault('damaged', trackId, { cause });
    }
  }

  async function keptAccess(trackId: string): Promise<TrackAccess | undefined> {
    const answer = await kept?.find(trackId);
    // What does not open, as after this device got another key, is fetched as if it were not there.
    return answer && accessTo(answer, false).catch(() => undefined);
  }

  return {
    access,

    async open(trackId, signal): Promise<OpenedFile> {
      const fromKept = await keptAccess(trackId);
      const track = fromKept ?? (await access(trackId, signal));
      const { audio, answer, table } = track;
      const { assetId } = answer.audio;

      async function keptChunk(chunk: number): Promise<Bytes | undefined> {
        const sealed = fromKept && (await kept?.chunk(assetId, chunk));
        return sealed && audio.open(chunk, sealed).catch(() => undefined);
      }

      async function fetchInto(chunk: number, signal: AbortSignal): Promise<Bytes> {
        // Without a turn of the event loop for what is not kept, so that neighbours come in one request.
        const plain = (fromKept && (await keptChunk(chunk))) ?? (await track.plainChunk(chunk, signal));
        memory.put(`${assetId} ${chunk}`, plain);
        return plain;
      }

      if (!fromKept) {
        const first = await audio.open(0, fromBase64Url(answer.firstChunk)).catch(() => undefined);
        if (first) memory.put(`${assetId} 0`, first);
      }
      const closed = new AbortController();
      const chunks = createSharedTasks(fetchInto);
      return {
        table,
        lengthBytes: answer.audio.lengthBytes,
        async chunk(chunk, signal) {
          return (
            memory.get(`${assetId} ${chunk}`) ?? chunks.join(chunk, AbortSignal.any([signal, closed.signal]))
          );
        },
        close: () => closed.abort(),
      };
    },
  };
}
