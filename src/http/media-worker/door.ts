import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { StoredAsset } from '../../catalog/index.ts';
import type { Bytes } from '../../core/index.ts';
import { CLIENT_HEADER, WORKER_HEADER } from './handed-ticket.ts';

/** Finds the key that opens one asset, for its ticket. */
export type TrackKeyFinder = (asset: StoredAsset) => Promise<Bytes>;

/**
 * Where the main process tells its workers' requests from all others: they come through the workers' own
 * listener and know a secret that is made at each start. What clients send under the same names means nothing.
 */
export class WorkerDoor {
  readonly #admitted = new WeakMap<IncomingMessage, TrackKeyFinder>();

  /** True for a request of a worker, which then looks as if its client had come without one. */
  admit(request: IncomingMessage, secret: string, trackKey: TrackKeyFinder): boolean {
    const { [WORKER_HEADER]: shown, [CLIENT_HEADER]: address } = request.headers;
    if (typeof shown !== 'string' || typeof address !== 'string') return false;
    if (!timingSafeEqual(digest(shown), digest(secret))) return false;
    delete request.headers[WORKER_HEADER];
    delete request.headers[CLIENT_HEADER];
    // One connection speaks for many clients, one after the other; the rules for proxies start from here.
    Object.defineProperty(request.socket, 'remoteAddress', { value: address, configurable: true });
    this.#admitted.set(request, trackKey);
    return true;
  }

  /** Undefined for a request that did not come from a worker. */
  trackKeyFor(request: IncomingMessage): TrackKeyFinder | undefined {
    return this.#admitted.get(request);
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
