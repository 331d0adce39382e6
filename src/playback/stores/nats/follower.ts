import * as v from 'valibot';
import { type Following, type LogRecord, logRecord } from '../../session/index.ts';
import type { Stored, StreamReader } from './reader.ts';

/** A record as the stream tells it when it has it. */
export interface Told extends Stored {
  /** The record before it in its session, as it was then; 0 where there was none, or none any more. */
  readonly previousSeq: number;
}

export interface FollowerOptions {
  readonly reader: StreamReader;
  /** Of the session. */
  readonly subject: string;
  readonly afterSeq: number;
  readonly onRecord: (record: LogRecord) => void;
  readonly onCutOff: (cause: unknown) => void;
}

/** Records that were told before their turn; beyond, they are asked for. */
const MOST_EARLY = 1_000;
const STALE_MS = 50;

/** Passes on one session's records in order: as they are told, and by asking wherever something was missed. */
export class Follower implements Following {
  readonly caughtUp: Promise<void>;
  readonly #options: FollowerOptions;
  readonly #ended = new AbortController();
  readonly #early = new Map<number, Told>();
  #lastSeq: number;
  #isFilling = false;
  #isAsked = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#lastSeq = options.afterSeq;
    this.caughtUp = this.#fill();
  }

  get subject(): string {
    return this.#options.subject;
  }

  told(told: Told): void {
    if (this.#ended.signal.aborted || told.seq <= this.#lastSeq) return;
    if (!this.#isFilling && told.previousSeq <= this.#lastSeq) {
      this.#pass(told);
      return;
    }
    if (this.#early.size < MOST_EARLY) this.#early.set(told.seq, told);
    this.fill();
  }

  /** To be called where something may have been missed. */
  fill(): void {
    this.#isAsked = true;
    if (!this.#isFilling) void this.#fill();
  }

  [Symbol.dispose](): void {
    this.#ended.abort();
    this.#early.clear();
  }

  async #fill(): Promise<void> {
    const { reader, subject } = this.#options;
    const { signal } = this.#ended;
    this.#isFilling = true;
    do {
      this.#isAsked = false;
      if (await this.#isCutOff()) this.#cutOff(new Error(`what followed ${this.#lastSeq} was let go of`));
      for (;;) {
        this.#passEarly();
        const next = await reader.next(subject, this.#lastSeq + 1, signal);
        if (!next || signal.aborted) break;
        this.#pass(next);
      }
      // A leader that was just chosen may not have yet what the one before it told.
      if (this.#early.size > 0 && !signal.aborted)
        await new Promise((resolve) => setTimeout(resolve, STALE_MS));
    } while ((this.#isAsked || this.#early.size > 0) && !signal.aborted);
    this.#isFilling = false;
  }

  /** A trim keeps the last record that it covers: where that one is missing, others after it may be missing too. */
  async #isCutOff(): Promise<boolean> {
    if (this.#lastSeq === 0) return false;
    const { reader, subject } = this.#options;
    const kept = await reader.next(subject, this.#lastSeq, this.#ended.signal);
    return kept !== undefined && kept.seq > this.#lastSeq;
  }

  #passEarly(): void {
    for (const [seq, told] of [...this.#early].toSorted(([a], [b]) => a - b)) {
      if (seq > this.#lastSeq && told.previousSeq > this.#lastSeq) return;
      this.#early.delete(seq);
      if (seq > this.#lastSeq) this.#pass(told);
    }
  }

  #pass({ seq, data }: Stored): void {
    if (this.#ended.signal.aborted) return;
    this.#lastSeq = seq;
    try {
      const entry = JSON.parse(Buffer.from(data).toString()) as object;
      this.#options.onRecord(v.parse(logRecord, { seq, ...entry }));
    } catch (error) {
      this.#cutOff(error);
    }
  }

  /** A state with a record left out would be another one than everybody else's. */
  #cutOff(cause: unknown): void {
    if (this.#ended.signal.aborted) return;
    this[Symbol.dispose]();
    this.#options.onCutOff(cause);
  }
}
