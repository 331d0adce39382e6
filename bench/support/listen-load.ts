import { seededRandom } from '../../test/support/random.ts';
import { type Answer, HttpConnection } from './http-connection.ts';
import type { ListenJob, ListenReport, Target } from './load-job.ts';
import { quantile } from './measure.ts';

const TICK_MS = 50;
/** Playing begins, and after an underrun begins again, with so much at hand. */
const BEGIN_SECONDS = 1;
/** A player reads ahead this far, then rests until it is down to `RESUME_SECONDS`. */
const AHEAD_SECONDS = 10;
const RESUME_SECONDS = 5;

/**
 * Plays: each listener asks for a file, whole or in ranges, reads ahead as players do, and uses up bytes at the rate of its
 * music. It listens for the job's duration from when its music began.
 */
export async function loadListeners(job: ListenJob): Promise<ListenReport> {
  const random = seededRandom(job.connections);
  const listeners: Listener[] = [];
  const startedMs = performance.now();
  const { promise: finished, resolve } = Promise.withResolvers<void>();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    const due = Math.min(1, (nowMs - startedMs) / job.rampMs) * job.connections;
    while (listeners.length < due) {
      const target = job.targets[Math.floor(random() * job.targets.length)];
      if (!target) throw new RangeError('nothing to listen to');
      listeners.push(new Listener(job, target, nowMs));
    }
    for (const listener of listeners) listener.tick(nowMs);
    if (listeners.length === job.connections && listeners.every((listener) => listener.over)) resolve();
  }, TICK_MS);
  await finished;
  clearInterval(timer);
  const starts = listeners.flatMap((listener) => listener.startMs ?? []);
  return {
    listeners: listeners.length,
    bytes: listeners.reduce((total, listener) => total + listener.receivedBytes, 0),
    seconds: (performance.now() - startedMs) / 1_000,
    underruns: listeners.reduce((total, listener) => total + listener.underruns, 0),
    p99StartMs: starts.length > 0 ? quantile(starts, 0.99) : 0,
    failures: listeners.flatMap((listener) => listener.failure ?? []),
  };
}

class Listener {
  readonly #job: ListenJob;
  readonly #target: Target;
  readonly #connection: HttpConnection;
  readonly #askedMs: number;
  #playing = false;
  #paused = false;
  #playedBytes = 0;
  #listenedMs = 0;
  #lastTickMs: number;
  receivedBytes = 0;
  underruns = 0;
  startMs: number | undefined;
  failure: string | undefined;
  over = false;

  constructor(job: ListenJob, target: Target, nowMs: number) {
    this.#job = job;
    this.#target = target;
    this.#askedMs = nowMs;
    this.#lastTickMs = nowMs;
    const events = {
      body: (lengthBytes: number) => {
        this.receivedBytes += lengthBytes;
        this.#readAhead();
      },
      answered: ({ status }: Answer) => {
        if (status === 206 && this.receivedBytes < target.lengthBytes) this.#ask();
        else this.#end(`the file of status ${status} ended before the listener left`);
      },
      failed: (reason: string) => this.#end(reason),
    };
    this.#connection = new HttpConnection(job.port, events, { isTls: job.isTls ?? false });
    this.#ask();
  }

  /** From where it has come to. */
  #ask(): void {
    const { rangeBytes } = this.#job;
    const { path, lengthBytes, headers = '' } = this.#target;
    const first = this.receivedBytes;
    const last = rangeBytes === undefined ? '' : Math.min(first + rangeBytes, lengthBytes) - 1;
    this.#connection.get(path, `Range: bytes=${first}-${last}\r\n${headers}`);
  }

  tick(nowMs: number): void {
    if (this.over) return;
    const passedMs = nowMs - this.#lastTickMs;
    this.#lastTickMs = nowMs;
    const rate = this.#job.bytesPerSecond;
    if (this.#playing) {
      this.#playedBytes += (passedMs * rate) / 1_000;
      this.#listenedMs += passedMs;
    }
    const aheadBytes = this.receivedBytes - this.#playedBytes;
    if (this.#playing && aheadBytes < 0) {
      this.underruns++;
      this.#playing = false;
      this.#playedBytes = this.receivedBytes;
    } else if (!this.#playing && aheadBytes >= rate * BEGIN_SECONDS) {
      this.#playing = true;
      this.startMs ??= nowMs - this.#askedMs;
    }
    if (this.#listenedMs >= this.#job.durationMs) return this.#end();
    if (!this.#playing && nowMs - this.#askedMs > 2 * this.#job.durationMs)
      return this.#end('never began to play');
    this.#readAhead();
  }

  #readAhead(): void {
    const aheadSeconds = (this.receivedBytes - this.#playedBytes) / this.#job.bytesPerSecond;
    if (!this.#paused && aheadSeconds > AHEAD_SECONDS) {
      this.#paused = true;
      this.#connection.pause();
    } else if (this.#paused && aheadSeconds < RESUME_SECONDS) {
      this.#paused = false;
      this.#connection.resume();
    }
  }

  #end(failure?: string): void {
    this.failure = failure;
    this.over = true;
    this.#connection.close();
  }
}
