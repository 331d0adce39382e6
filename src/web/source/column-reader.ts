import type { ByteRange, Bytes } from '../../core/index.ts';
import type { ChunkPlace, Layout } from '../../vault/reading.ts';
import { RequestFailure } from './faults.ts';

/** 1 MiB, as the server's own read-ahead of a column: more would make a seek wait behind it. */
const MAX_RUN_CHUNKS = 16;

export interface ReaderLimits {
  /** Without a byte for so long, the chunk that is waited for is called late. */
  readonly lateMs: number;
  /** Without a byte for so long, the request is given up. */
  readonly silentMs: number;
}

export interface ColumnReader {
  /**
   * One sealed chunk, not verified yet. Chunks that are asked for in one go and lie side by side in their column come
   * in one request, each as soon as its own bytes are there.
   */
  read(chunk: number, ticket: string, signal: AbortSignal, onLate: () => void): Promise<Bytes>;
}

interface Want {
  readonly ticket: string;
  readonly place: ChunkPlace;
  readonly signal: AbortSignal;
  readonly onLate: () => void;
  resolve(sealed: Bytes): void;
  reject(reason: unknown): void;
}

/** Of one column. */
export interface RunRequest {
  readonly column: number;
  readonly range: ByteRange;
  readonly ticket: string;
}

/** `request` answers a body of exactly the range, or throws `RequestFailure`. */
export function createColumnReader(
  layout: Layout,
  limits: ReaderLimits,
  request: (run: RunRequest, signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>,
): ColumnReader {
  let wanted: Want[] = [];

  function send(): void {
    const wants = wanted.filter(({ signal }) => !signal.aborted);
    wanted = [];
    for (const run of runsOf(wants)) void receive(run);
  }

  async function receive(run: readonly Want[]): Promise<void> {
    const controller = new AbortController();
    const leave = () => run.every(({ signal }) => signal.aborted) && controller.abort();
    for (const { signal } of run) signal.addEventListener('abort', leave, { once: true });
    let arrived = 0;
    const silence = watchSilence(
      limits,
      () => run[arrived]?.onLate(),
      () => controller.abort(new RequestFailure(0, true)),
    );
    try {
      const body = await request(requestOf(run), controller.signal);
      for await (const sealed of cut(body, run, () => silence.heard())) run[arrived++]?.resolve(sealed);
    } catch (error) {
      for (const want of run.slice(arrived)) want.reject(error);
    } finally {
      silence.end();
      for (const { signal } of run) signal.removeEventListener('abort', leave);
    }
  }

  return {
    read(chunk, ticket, signal, onLate) {
      return new Promise((resolve, reject) => {
        signal.throwIfAborted();
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        if (wanted.length === 0) queueMicrotask(send);
        wanted.push({ ticket, place: layout.place(chunk), signal, onLate, resolve, reject });
      });
    },
  };
}

/** Neighbours in a column are neighbours on the wire, though a row of other columns lies between them in the asset. */
function runsOf(wants: readonly Want[]): Want[][] {
  const runs: Want[][] = [];
  const inOrder = wants.toSorted(
    ({ place: a }, { place: b }) => a.column - b.column || a.offsetBytes - b.offsetBytes,
  );
  for (const want of inOrder) {
    const run = runs.at(-1);
    const before = run?.at(-1)?.place;
    const follows =
      before?.column === want.place.column &&
      before.offsetBytes + before.lengthBytes === want.place.offsetBytes;
    if (run && follows && run.length < MAX_RUN_CHUNKS) run.push(want);
    else runs.push([want]);
  }
  return runs;
}

function requestOf(run: readonly Want[]): RunRequest {
  const { place: first, ticket } = run[0] as Want;
  const { place: last } = run.at(-1) as Want;
  const range = { startBytes: first.offsetBytes, endBytes: last.offsetBytes + last.lengthBytes };
  return { column: first.column, range, ticket };
}

async function* cut(
  body: ReadableStream<Uint8Array>,
  run: readonly Want[],
  heard: () => void,
): AsyncGenerator<Bytes> {
  // Not `for await`: Safari's streams cannot be iterated.
  const reader = body.getReader();
  let piece: Uint8Array = new Uint8Array();
  for (const { place } of run) {
    const sealed = new Uint8Array(place.lengthBytes);
    for (let filled = 0; filled < sealed.length; ) {
      if (piece.length === 0) {
        const { done, value } = await reader.read();
        if (done) throw new RequestFailure(0, true);
        heard();
        piece = value;
      }
      const part = piece.subarray(0, sealed.length - filled);
      sealed.set(part, filled);
      filled += part.length;
      piece = piece.subarray(part.length);
    }
    yield sealed;
  }
  // To its end, so that the connection can be used again.
  await reader.read();
}

function watchSilence({ lateMs, silentMs }: ReaderLimits, onLate: () => void, onSilent: () => void) {
  let late = setTimeout(onLate, lateMs);
  let silent = setTimeout(onSilent, silentMs);
  const end = () => {
    clearTimeout(late);
    clearTimeout(silent);
  };
  return {
    heard() {
      end();
      late = setTimeout(onLate, lateMs);
      silent = setTimeout(onSilent, silentMs);
    },
    end,
  };
}
