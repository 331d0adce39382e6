import * as v from 'valibot';
import { ClockEstimate, type LogClock } from '../../session/index.ts';
import type { NatsLink } from './link.ts';
import { parsed } from '../../../nats/index.ts';

export interface SharedClockOptions {
  /** Of this process: 16 characters that no other one has. */
  readonly processId: string;
  readonly newClockId: () => string;
  readonly timeOfDayMs: () => number;
  /** A clock that no one sets, in milliseconds. */
  readonly monotonicMs: () => number;
}

/** What everyone stamps by, and who answers for it. */
interface Line {
  readonly clockId: string;
  /** When it began, time of day. */
  readonly beganMs: number;
  /** How many have kept it before this keeper. */
  readonly term: number;
  readonly keeperId: string;
}

/** A line as this process knows it. */
interface Reading {
  readonly clockId: string;
  at(localMs: number): number;
}

const BEAT_MS = 500;
/** A keeper that was not heard for as long is gone. */
const SILENCE_MS = 2_000;
/** Who does not know the time yet leaves it for so long to those who do. */
const LONGER_SILENCE_MS = 6_000;
const PROBE_MS = 5_000;
const FIRST_PROBES = 8;
const ANSWER_MS = 500;

const beat = v.object({
  clockId: v.string(),
  beganMs: v.number(),
  term: v.number(),
  keeperId: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/)),
  isLeaving: v.optional(v.boolean()),
});
type Beat = v.InferOutput<typeof beat>;
const probed = v.object({ atMs: v.number() });

/**
 * One time line for all servers of a log. One of them keeps it, and answers the others' questions; they stamp by their estimate
 * of it. When the keeper goes, another one keeps the same line as well as it knows it; only where all have gone does a new one begin.
 */
export class SharedClock implements LogClock, AsyncDisposable {
  readonly #link: NatsLink;
  readonly #options: SharedClockOptions;
  /** The one to follow; it is stamped by as soon as its keeper has answered. */
  #line: Line | undefined;
  #reading: Reading | undefined;
  #estimate: { readonly keeperId: string; readonly of: ClockEstimate } | undefined;
  #heardMs: number;
  #latestMs = Number.NEGATIVE_INFINITY;
  #probing: Promise<void> | undefined;
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  readonly #began = Promise.withResolvers<void>();
  #isEnded = false;

  private constructor(link: NatsLink, options: SharedClockOptions) {
    this.#link = link;
    this.#options = options;
    this.#heardMs = options.monotonicMs();
  }

  static async open(link: NatsLink, options: SharedClockOptions): Promise<SharedClock> {
    const clock = new SharedClock(link, options);
    await clock.#begin();
    return clock;
  }

  get clockId(): string {
    return this.#reading?.clockId ?? '';
  }

  /** True where the others ask this process. */
  get isKeeper(): boolean {
    return this.#line?.keeperId === this.#options.processId;
  }

  nowMs(): number {
    const nowMs = this.#reading?.at(this.#options.monotonicMs()) ?? 0;
    // A better estimate may be an earlier one: time then waits for it.
    this.#latestMs = Math.max(this.#latestMs, nowMs);
    return this.#latestMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnded = true;
    for (const timer of this.#timers) clearInterval(timer);
    if (!this.isKeeper || !this.#link.isConnected) return;
    this.#beat(true);
    await this.#link.connection.flush().catch(() => undefined);
  }

  async #begin(): Promise<void> {
    const { connection, subjects } = this.#link;
    connection.subscribe(subjects.clockBeats, {
      callback: (error, message) => {
        const heard = error ? undefined : parsed(beat, message);
        if (heard) this.#onBeat(heard);
      },
    });
    // Where nobody else is there NATS says so at once.
    const keeper = await connection
      .request(subjects.clockKeeper, '', { timeout: ANSWER_MS })
      .catch(() => undefined);
    const line = keeper && parsed(beat, keeper);
    if (line) this.#onBeat(line);
    if (!this.#line) this.#keepNew();
    // Whoever knows of a line tells of it: its keeper may be gone, and not be followed by another one yet.
    this.#answer(subjects.clockKeeper, () => this.#line);
    this.#answer(subjects.clockProbes(this.#options.processId), () =>
      this.isKeeper ? { atMs: this.nowMs() } : undefined,
    );
    this.#link.onReconnected(() => (this.#heardMs = this.#options.monotonicMs()));
    this.#timers.push(
      setInterval(() => this.#watch(), BEAT_MS),
      setInterval(() => void this.#probe(1), PROBE_MS),
    );
    await this.#began.promise;
  }

  #answer(subject: string, answer: () => unknown): void {
    this.#link.connection.subscribe(subject, {
      callback: (error, message) => {
        const said = error ? undefined : answer();
        if (said !== undefined) message.respond(JSON.stringify(said));
      },
    });
  }

  #read(reading: Reading): void {
    if (reading.clockId !== this.#reading?.clockId) this.#latestMs = Number.NEGATIVE_INFINITY;
    this.#reading = reading;
    this.#began.resolve();
  }

  /** The same line from where it is thought to be, or a new one where that is not known. */
  #keep(line: Line): void {
    const { processId, monotonicMs } = this.#options;
    if (this.#reading?.clockId !== line.clockId) {
      this.#keepNew();
      return;
    }
    const localMs = monotonicMs();
    const offsetMs = this.#reading.at(localMs) - localMs;
    this.#read({ clockId: line.clockId, at: (localMs) => localMs + offsetMs });
    this.#line = { ...line, term: line.term + 1, keeperId: processId };
    this.#beat(false);
  }

  #keepNew(): void {
    const { processId, newClockId, timeOfDayMs, monotonicMs } = this.#options;
    const clockId = newClockId();
    const beganMs = timeOfDayMs();
    const offsetMs = beganMs - monotonicMs();
    this.#read({ clockId, at: (localMs) => localMs + offsetMs });
    this.#line = { clockId, beganMs, term: 0, keeperId: processId };
    this.#beat(false);
  }

  #beat(isLeaving: boolean): void {
    if (!this.#link.isConnected) return;
    const text = JSON.stringify({ ...this.#line, isLeaving });
    this.#link.connection.publish(this.#link.subjects.clockBeats, text);
  }

  #onBeat({ isLeaving, ...line }: Beat): void {
    const { processId, monotonicMs } = this.#options;
    if (this.#isEnded || line.keeperId === processId) return;
    const isOwn = this.#line?.keeperId === line.keeperId;
    if (isLeaving) {
      // As if it had been silent for long.
      if (isOwn) this.#heardMs = Number.NEGATIVE_INFINITY;
      return;
    }
    if (this.#line && isBefore(this.#line, line)) return;
    this.#heardMs = monotonicMs();
    this.#line = line;
    if (!isOwn) void this.#probe();
  }

  #watch(): void {
    if (!this.#line || !this.#link.isConnected) return;
    const isTold = this.#reading?.clockId === this.#line.clockId;
    const silentMs = this.#options.monotonicMs() - this.#heardMs;
    if (this.isKeeper) this.#beat(false);
    else if (silentMs > (isTold ? SILENCE_MS : LONGER_SILENCE_MS)) this.#keep(this.#line);
    else if (this.#estimate?.keeperId !== this.#line.keeperId) void this.#probe();
  }

  #probe(count = FIRST_PROBES): Promise<void> {
    this.#probing ??= this.#ask(count).finally(() => (this.#probing = undefined));
    return this.#probing;
  }

  async #ask(count: number): Promise<void> {
    if (!this.#line || this.isKeeper) return;
    const { clockId, keeperId } = this.#line;
    const { monotonicMs } = this.#options;
    const known = this.#estimate?.keeperId === keeperId ? this.#estimate : undefined;
    const estimate = known ?? { keeperId, of: new ClockEstimate() };
    for (let asked = 0; asked < count && !this.#isEnded; asked++) {
      const sentMs = monotonicMs();
      const reply = await this.#link.connection
        .request(this.#link.subjects.clockProbes(keeperId), '', { timeout: ANSWER_MS })
        .catch(() => undefined);
      const receivedMs = monotonicMs();
      const answered = reply && parsed(probed, reply);
      if (!answered) break;
      estimate.of.add({ sentMs, receivedMs, serverMs: answered.atMs });
    }
    if (this.#line.keeperId !== keeperId || !estimate.of.isKnown) return;
    this.#estimate = estimate;
    this.#read({ clockId, at: (localMs) => estimate.of.serverMs(localMs) });
  }
}

/** Of two lines the older one stays; of one line whoever took it over last: who was asleep meanwhile is behind. */
function isBefore(own: Line, other: Line): boolean {
  if (own.keeperId === other.keeperId) return false;
  if (own.clockId !== other.clockId)
    return own.beganMs < other.beganMs || (own.beganMs === other.beganMs && own.clockId < other.clockId);
  return own.term > other.term || (own.term === other.term && own.keeperId < other.keeperId);
}
