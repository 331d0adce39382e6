import type { Decodable, ReadyToPlay } from '../../api/reading.ts';
import type { EngineFault } from '../engine/port.ts';
import { backoffMs, type SourceClock } from './clock.ts';
import { lastingKind, RequestFailure, TrackFault } from './faults.ts';
import type { Requests } from './requests.ts';

const LEAST_PREPARING_MS = 250;
const MOST_PREPARING_MS = 10_000;

export interface AskingOptions {
  readonly requests: Requests;
  readonly deviceId: string;
  readonly clock: SourceClock;
  readonly decodable: () => Promise<readonly Decodable[]>;
  /** What is in the way while it goes on asking; undefined once it is out of the way. */
  readonly onWaiting: (fault: EngineFault | undefined) => void;
}

/** Asks to play until there is an answer, or one that lasts: throws `TrackFault`. */
export async function askToPlay(
  { requests, deviceId, clock, decodable, onWaiting }: AskingOptions,
  trackId: string,
  signal: AbortSignal,
): Promise<ReadyToPlay> {
  const question = { trackId, deviceId, decodable: await decodable() };
  for (let attempt = 0; ; attempt++) {
    let delayMs = backoffMs(attempt, clock.random());
    try {
      const answer = await requests.play(question, signal);
      if (answer.kind === 'ready') {
        onWaiting(undefined);
        return answer;
      }
      onWaiting({ kind: 'preparing', trackId, retrying: true });
      delayMs = Math.min(MOST_PREPARING_MS, Math.max(LEAST_PREPARING_MS, answer.retryAfterMs));
      attempt = 0;
    } catch (cause) {
      if (!(cause instanceof RequestFailure)) throw cause;
      if (!cause.passing)
        throw new TrackFault(lastingKind(cause.status) ?? 'unsupported', trackId, { cause });
      onWaiting({ kind: 'offline', trackId, retrying: true });
    }
    await clock.wait(delayMs, signal);
  }
}
