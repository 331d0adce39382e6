import type { ServerOptions } from 'node:http';

export const MAX_URL_CHARACTERS = 64 * 2 ** 10;
const MAX_HEADER_BYTES = MAX_URL_CHARACTERS + 16 * 2 ** 10;
/** What a worker adds to the header of a request that it passes on. */
const ADDED_BY_WORKER_BYTES = 2 ** 10;
/** Longer than the usual 60 s of a proxy in front, which must be the one to close an idle connection. */
const KEEP_ALIVE_MS = 75_000;
const REQUEST_TIMEOUT_MS = 60_000;

/** For every listener that the outside reaches, in whichever process. */
export const serverLimits = {
  maxHeaderSize: MAX_HEADER_BYTES,
  keepAliveTimeout: KEEP_ALIVE_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  keepAlive: true,
  noDelay: true,
} as const satisfies ServerOptions;

/** For the listener that workers alone reach: they end idle connections, so that none closes as it is used. */
export const workerListenerLimits = {
  maxHeaderSize: MAX_HEADER_BYTES + ADDED_BY_WORKER_BYTES,
  keepAliveTimeout: 0,
  requestTimeout: REQUEST_TIMEOUT_MS,
} as const satisfies ServerOptions;
