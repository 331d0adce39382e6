import { untilAnswered } from '../engine/faults.ts';
import type { EngineFault } from '../engine/port.ts';
import { openKeptLibrary } from '../kept/index.ts';
import {
  type BrowserTrackSource,
  createTrackSource,
  openDeviceDatabase,
  type OpenedFile,
} from '../source/index.ts';
import { type ByteRange, rangeOf } from './byte-range.ts';
import { mediaTypeOf } from './media-type.ts';
import { type KeysWanted, SOUND, type SoundFault, type SoundKeys } from './sound-protocol.ts';
import type { RequestEvent, WorkerClient, WorkerScope } from './worker-scope.ts';

const CHUNK_BYTES = 65_536;
/** 1 MiB an answer: a worker that the browser ends costs no more than the rest of one. The element asks on by itself. */
const ANSWER_BYTES = 16 * CHUNK_BYTES;
/** The one that plays, the next, and those that were left a moment ago. */
const MOST_OPEN = 4;
const KEYS_WITHIN_MS = 10_000;
/** Then the element is told that nothing comes, and the engine asks again. */
const OPEN_WITHIN_MS = 60_000;

interface Asked {
  readonly accountId: string;
  readonly trackId: string;
  readonly client: WorkerClient;
}

/**
 * Music for `<audio>`, decrypted here. What it opens with comes from the page, is kept in memory alone, and is asked for
 * again after the browser has ended this worker.
 */
export function createSound({ registration, clients }: WorkerScope) {
  const prefix = registration.scope + SOUND;
  const sources = new Map<string, Promise<BrowserTrackSource>>();
  /** By account and track, the one used last at the end. */
  const opened = new Map<string, Promise<OpenedFile>>();

  async function sourceOf({ accountId, client }: Asked): Promise<BrowserTrackSource> {
    const { basePath, databaseName, device, decodable } = await keysFrom(client, accountId);
    const kept = await openKeptLibrary(await openDeviceDatabase(databaseName), databaseName);
    return createTrackSource({ basePath, device, kept, decodable: () => Promise.resolve(decodable) });
  }

  async function openTrack(asked: Asked): Promise<OpenedFile> {
    const source = await remembered(sources, asked.accountId, () => sourceOf(asked));
    const signal = AbortSignal.timeout(OPEN_WITHIN_MS);
    return untilAnswered(asked.trackId, signal, tellerOf(asked), () => source.open(asked.trackId, signal));
  }

  async function fileOf(asked: Asked): Promise<OpenedFile> {
    const key = `${asked.accountId} ${asked.trackId}`;
    const file = remembered(opened, key, () => openTrack(asked));
    opened.delete(key);
    opened.set(key, file);
    for (const [oldest, leaving] of opened) {
      if (opened.size <= MOST_OPEN) break;
      opened.delete(oldest);
      void leaving.then((left) => left.close()).catch(() => undefined);
    }
    return file;
  }

  async function respond(event: RequestEvent, accountId: string, trackId: string): Promise<Response> {
    const client = await clients.get(event.clientId);
    if (!client) return new Response(null, { status: 404 });
    const asked = { accountId, trackId, client };
    try {
      const file = await fileOf(asked);
      const first = await file.chunk(0, AbortSignal.timeout(OPEN_WITHIN_MS));
      return answerOf(event, file, mediaTypeOf(first), asked);
    } catch (error) {
      const { kind } = error as { kind?: EngineFault['kind'] };
      if (kind) tellerOf(asked)(error as EngineFault);
      return new Response(null, { status: kind === 'not-found' ? 404 : 503 });
    }
  }

  return {
    /** Undefined for what is no music. */
    answer(event: RequestEvent): Promise<Response> | undefined {
      const { method, url } = event.request;
      if (method !== 'GET' || !url.startsWith(prefix)) return undefined;
      const [accountId = '', trackId = ''] = url
        .slice(prefix.length)
        .replace(/[?#].*$/, '')
        .split('/');
      return respond(event, accountId, trackId);
    },
  };
}

function answerOf(event: RequestEvent, file: OpenedFile, mediaType: string, asked: Asked): Response {
  const { lengthBytes } = file;
  const range = event.request.headers.get('range');
  const wanted = rangeOf(range, lengthBytes);
  const headers = new Headers({
    'content-type': mediaType,
    'accept-ranges': 'bytes',
    'cache-control': 'no-store',
    'cross-origin-resource-policy': 'same-origin',
  });
  if (!wanted) {
    headers.set('content-range', `bytes */${lengthBytes}`);
    return new Response(null, { status: 416, headers });
  }
  const { startBytes } = wanted;
  const endBytes = range === null ? wanted.endBytes : Math.min(wanted.endBytes, startBytes + ANSWER_BYTES);
  headers.set('content-length', String(endBytes - startBytes));
  if (range !== null) headers.set('content-range', `bytes ${startBytes}-${endBytes - 1}/${lengthBytes}`);
  const { stream, ended } = streamOf(file, { startBytes, endBytes }, asked);
  event.waitUntil(ended);
  return new Response(stream, { status: range === null ? 200 : 206, headers });
}

/** Chunk after chunk, as they are taken. Waits for a server that is away. */
function streamOf(file: OpenedFile, { startBytes, endBytes }: ByteRange, asked: Asked) {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const cancelled = new AbortController();
  let atBytes = startBytes;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const index = Math.floor(atBytes / CHUNK_BYTES);
      const from = index * CHUNK_BYTES;
      const { signal } = cancelled;
      try {
        const chunk = await untilAnswered(asked.trackId, signal, tellerOf(asked), () =>
          file.chunk(index, signal),
        );
        // A copy: the source keeps its own.
        const piece = chunk.slice(atBytes - from, endBytes - from);
        if (piece.length === 0) throw new Error('a chunk ends before its file does');
        controller.enqueue(piece);
        atBytes += piece.length;
        if (atBytes < endBytes) return;
        controller.close();
      } catch (error) {
        if (!signal.aborted && (error as { kind?: string }).kind) tellerOf(asked)(error as EngineFault);
        controller.error(error);
      }
      end();
    },
    cancel() {
      cancelled.abort();
      end();
    },
  });
  return { stream, ended };
}

function tellerOf({ client, trackId }: Asked): (fault: EngineFault | undefined) => void {
  return (fault) => {
    const plain = fault && { kind: fault.kind, trackId, retrying: fault.retrying };
    client.postMessage({ kind: 'sound-fault', trackId, fault: plain } satisfies SoundFault, []);
  };
}

function keysFrom(client: WorkerClient, accountId: string): Promise<SoundKeys> {
  const { port1, port2 } = new MessageChannel();
  return new Promise<SoundKeys>((resolve, reject) => {
    port1.addEventListener('message', ({ data }: MessageEvent<SoundKeys>) => resolve(data));
    port1.start();
    setTimeout(() => reject(new Error('the page gives no keys')), KEYS_WITHIN_MS);
    client.postMessage({ kind: 'sound-keys-wanted', accountId } satisfies KeysWanted, [port2]);
  }).finally(() => port1.close());
}

/** What is under way or there; what failed is tried again the next time. */
function remembered<Made>(
  made: Map<string, Promise<Made>>,
  key: string,
  make: () => Promise<Made>,
): Promise<Made> {
  const known = made.get(key);
  if (known) return known;
  const making = make();
  made.set(key, making);
  making.catch(() => made.get(key) === making && made.delete(key));
  return making;
}
