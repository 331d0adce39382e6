import {
  API_PATH,
  columnPath,
  CSRF_HEADER,
  type Decodable,
  type PlayAnswer,
  type PlayLocation,
  verifiedChunkPath,
} from '../../api/reading.ts';
import type { Bytes } from '../../core/index.ts';
import type { RunRequest } from './column-reader.ts';
import { RequestFailure } from './faults.ts';

/** For an answer that comes as a whole, on a slow line too. */
const ANSWER_TIMEOUT_MS = 20_000;

export interface PlayQuestion {
  readonly trackId: string;
  /** The thumbprint of its key. */
  readonly deviceId: string;
  readonly decodable: readonly Decodable[];
}

/** The three addresses that playing takes. Each throws `RequestFailure`, or the signal's reason. */
export interface Requests {
  play(question: PlayQuestion, signal: AbortSignal): Promise<PlayAnswer>;
  /** A body of exactly the range, unless it is cut off. */
  column(location: PlayLocation, run: RunRequest, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
  verified(location: PlayLocation, chunk: number, ticket: string, signal: AbortSignal): Promise<Bytes>;
}

export function createRequests(basePath: string, send: typeof fetch): Requests {
  async function answer<T>(
    path: string,
    init: RequestInit,
    signal: AbortSignal,
    read: (response: Response) => T | Promise<T>,
  ): Promise<T> {
    try {
      const response = await send(basePath + path, { credentials: 'same-origin', ...init, signal });
      if (!response.ok) throw await failureOf(response);
      return await read(response);
    } catch (cause) {
      if (cause instanceof RequestFailure) throw cause;
      signal.throwIfAborted();
      throw new RequestFailure(0, true, { cause });
    }
  }

  /** As a whole, within a time. */
  async function whole<T>(
    path: string,
    init: RequestInit,
    signal: AbortSignal,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    const late = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    try {
      return await answer(path, init, AbortSignal.any([signal, late]), read);
    } catch (cause) {
      if (late.aborted && !signal.aborted) throw new RequestFailure(0, true, { cause });
      throw cause;
    }
  }

  return {
    play: (question, signal) =>
      whole(
        `${API_PATH}/play`,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json', [CSRF_HEADER]: '1' },
          body: JSON.stringify(question),
        },
        signal,
        // The client of the API trusts the shape of answers too: they come from the same release.
        (response) => response.json() as Promise<PlayAnswer>,
      ),

    column: (location, { column, range: { startBytes, endBytes }, ticket }, signal) =>
      answer(
        columnPath(location, column),
        { headers: { authorization: `Ticket ${ticket}`, range: `bytes=${startBytes}-${endBytes - 1}` } },
        signal,
        (response) => {
          const length = response.headers.get('content-length');
          const isRange = response.status === 206 && (!length || Number(length) === endBytes - startBytes);
          if (isRange && response.body) return response.body;
          void response.body?.cancel();
          throw new RequestFailure(response.status, false);
        },
      ),

    verified: (location, chunk, ticket, signal) =>
      whole(
        verifiedChunkPath(location, chunk),
        { headers: { authorization: `Ticket ${ticket}` }, cache: 'no-store' },
        signal,
        async (response) => new Uint8Array(await response.arrayBuffer()),
      ),
  };
}

async function failureOf(response: Response): Promise<RequestFailure> {
  const { status } = response;
  // A proxy's own page is not JSON; then the status decides.
  const said = (await response.json().catch(() => undefined)) as { retryable?: unknown } | undefined;
  const passing = said?.retryable;
  return new RequestFailure(status, typeof passing === 'boolean' ? passing : status >= 500 || status === 429);
}
