import { setTimeout as delay } from 'node:timers/promises';
import { JetStreamApiError } from '@nats-io/jetstream';
import { ClefError } from '../../../core/index.ts';
import type { LogEntry, SessionKey } from '../../session/index.ts';
import type { NatsLink } from './link.ts';
import { nameOf } from './subjects.ts';

/** What was not acknowledged by then is sent again, less and less often; the stream knows the copies. */
const FIRST_PATIENCE_MS = 150;
const LONGEST_PATIENCE_MS = 1_000;
/** After a refusal: there is no leader. */
const PAUSE_MS = 50;
/** How long an acknowledgement of any copy counts. */
const ATTEMPT_MS = 5_000;
/** From here on an append is one that waits. */
const MOMENT_MS = 30;
/** Then it is announced again and again, less and less often: somebody may just be reconnecting. */
const LONGEST_SILENCE_MS = 1_000;

export interface Announced {
  readonly key: SessionKey;
  readonly entry: LogEntry;
}

/**
 * Puts entries into the stream: of one session one after the other, so that none overtakes the one before it when that has to
 * be sent again. What waits longer than a moment is announced meanwhile.
 */
export class Appender implements Disposable {
  readonly #link: NatsLink;
  readonly #onWaiting: (announced: Announced) => void;
  /** The newest append of each session that has one. */
  readonly #newest = new Map<string, Promise<void>>();
  readonly #waiting = new Set<Announced>();
  readonly #ended = new AbortController();

  constructor(link: NatsLink, onWaiting: (announced: Announced) => void) {
    this.#link = link;
    this.#onWaiting = onWaiting;
    // What was announced while nobody heard it.
    link.onReconnected(() => {
      for (const one of this.#waiting) onWaiting(one);
    });
  }

  /** True while something waits for longer than a moment. */
  get isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  async append(key: SessionKey, entry: LogEntry, signal?: AbortSignal): Promise<{ readonly seq: number }> {
    const name = nameOf(key);
    const before = this.#newest.get(name);
    const until = signal ? AbortSignal.any([signal, this.#ended.signal]) : this.#ended.signal;
    const appended = this.#append(key, entry, before, until);
    const settled = settle(before, appended);
    this.#newest.set(name, settled);
    void this.#free(name, settled);
    return appended;
  }

  [Symbol.dispose](): void {
    this.#ended.abort();
  }

  async #free(name: string, settled: Promise<void>): Promise<void> {
    await settled;
    if (this.#newest.get(name) === settled) this.#newest.delete(name);
  }

  async #append(
    key: SessionKey,
    entry: LogEntry,
    before: Promise<void> | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly seq: number }> {
    const announced = { key, entry };
    let timer: ReturnType<typeof setTimeout> | undefined;
    const announceIn = (ms: number) => {
      timer = setTimeout(() => {
        this.#waiting.add(announced);
        this.#onWaiting(announced);
        announceIn(Math.min(2 * ms, LONGEST_SILENCE_MS));
      }, ms);
    };
    announceIn(MOMENT_MS);
    using aborted = abortion(signal);
    try {
      if (before) await Promise.race([before, aborted.promise]);
      return await this.#publish(key, entry, aborted.promise);
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(announced);
    }
  }

  async #publish(
    key: SessionKey,
    entry: LogEntry,
    aborted: Promise<never>,
  ): Promise<{ readonly seq: number }> {
    const { client, subjects } = this.#link;
    const subject = subjects.session(key);
    const msgID = `${nameOf(key)}/${entry.command.cmdId}`;
    const data = JSON.stringify(entry);
    const acknowledged = Promise.withResolvers<{ readonly seq: number }>();
    acknowledged.promise.catch(() => undefined);
    let patienceMs = FIRST_PATIENCE_MS;
    for (;;) {
      using woken = this.#link.woken();
      const refused = client.publish(subject, data, { msgID, timeout: ATTEMPT_MS }).then(
        ({ seq }) => acknowledged.resolve({ seq }),
        (error: unknown) => {
          if (isFinal(error)) acknowledged.reject(refusal(error));
          return delay(PAUSE_MS);
        },
      );
      const next = [
        woken.promise.then(() => FIRST_PATIENCE_MS),
        refused.then(() => patienceMs),
        delay(patienceMs).then(() => Math.min(patienceMs * 2, LONGEST_PATIENCE_MS)),
      ];
      const ended = await Promise.race([acknowledged.promise, aborted, ...next]);
      if (typeof ended === 'object') return ended;
      patienceMs = ended;
    }
  }
}

/** One that is given up while it waits for its turn does not end the wait of the next. */
async function settle(before: Promise<void> | undefined, appended: Promise<unknown>): Promise<void> {
  await Promise.allSettled([before ?? Promise.resolve(), appended]);
}

function abortion(signal: AbortSignal): { readonly promise: Promise<never> } & Disposable {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  const onAbort = () =>
    reject(
      new ClefError('log-unreachable', 'the log of sessions took nothing in time', { cause: signal.reason }),
    );
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  return { promise, [Symbol.dispose]: () => signal.removeEventListener('abort', onAbort) };
}

/** What another attempt would be answered, too: too large, or no room. What is only unavailable has a status from 500 on. */
function isFinal(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.status >= 400 && error.status < 500;
}

function refusal(cause: unknown): ClefError {
  return new ClefError('log-unreachable', 'the log of sessions refuses an entry', { cause });
}
