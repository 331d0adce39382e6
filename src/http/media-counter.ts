import type { Logger } from 'pino';
import type { ServeOutcome } from './media/index.ts';
import type { Traffic } from './native/index.ts';
import { isPieceRoute } from './piece-path.ts';

/** One media answer, told by the process that sent it. */
export interface SentMedia {
  readonly requestId: string;
  /** What was asked for, from a small set of names. */
  readonly route: string;
  readonly method: string;
  readonly outcome: ServeOutcome;
}

/** Told of each media answer when it begins and when it ends. */
export interface MediaCounter {
  opened(): void;
  closed(sent: SentMedia): void;
  /** The process that sent it is gone, and nobody knows how far it came. */
  lost(): void;
}

/** Counts what left, also where the client went away in the middle, and logs it: of an edge's pieces, whose stream has a line of its own, for debugging only. */
export function createMediaCounter(traffic: Traffic, log: Logger): MediaCounter {
  return {
    opened: () => traffic.streamOpened(),
    lost: () => traffic.streamClosed(0, true),
    closed({ requestId: reqId, route, method, outcome }) {
      const { kind, status, sentBytes } = outcome;
      traffic.streamClosed(sentBytes, kind === 'failed');
      traffic.mediaRequest(route, status);
      const line = { reqId, route, method, status, sentBytes };
      if (outcome.kind === 'failed') log.error({ ...line, err: outcome.error }, 'sending media failed');
      else
        log[isPieceRoute(route) ? 'debug' : 'info']({ ...line, complete: kind === 'complete' }, 'sent media');
    },
  };
}
