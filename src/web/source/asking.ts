import type { Decodable, ReadyToPlay } from '../../api/reading.ts';
import { backoffMs, type SourceClock } from './clock.ts';
import { lastingKind, RequestFailure, TrackFault } from './faults.ts';
import type { Requests } from './requests.ts';

/** Then whoever waits is told that nothing answers. */
const TRIES = 3;

export interface AskingOptions {
  readonly requests: Requests;
  readonly deviceId: string;
  readonly clock: SourceClock;
  readonly decodable: () => Promise<readonly Decodable[]>;
}

/** Throws `TrackFault`. */
export async function askToPlay(
  { requests, deviceId, clock, decodable }: AskingOptions,
  trackId: string,
  signal: AbortSignal,
): Promise<ReadyToPlay> {
  const question = { trackId, deviceId, decodable: await decodable() };
  for (let attempt = 0; ; attempt++) {
    try {
      const answer = await requests.play(question, signal);
      if (answer.kind === 'ready') return answer;
      throw new TrackFault('preparing', trackId);
    } catch (cause) {
      if (!(cause instanceof RequestFailure)) throw cause;
      if (!cause.passing)
        throw new TrackFault(lastingKind(cause.status) ?? 'unsupported', trackId, { cause });
      if (attempt + 1 === TRIES) throw new TrackFault('offline', trackId, { cause });
    }
    await clock.wait(backoffMs(attempt, clock.random()), signal);
  }
}
