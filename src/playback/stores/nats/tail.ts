import type { Msg } from '@nats-io/transport-node';
import type { Follower, Told } from './follower.ts';
import type { NatsLink } from './link.ts';
import type { StreamReader } from './reader.ts';
import { nameIn } from './subjects.ts';

/** How often the end of the stream is asked for: what was told while a route was down is heard of by then. */
const CHECK_MS = 1_000;
/** Missed records that are looked at one by one; where there are more, every follower looks for its own. */
const MOST_LOOKED_AT = 64;

/**
 * Hears what the stream tells of all sessions, and hands it to who follows them. What core NATS did not deliver shows as a
 * hole in the sequences, or as an end that nobody told of; the stream is then asked.
 */
export class Tail implements Disposable {
  readonly #link: NatsLink;
  readonly #reader: StreamReader;
  readonly #followers = new Map<string, Set<Follower>>();
  readonly #ended = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  /** Up to here everything was handed on, or is being looked for. */
  #seenSeq: number;
  #isChecking = false;

  constructor(link: NatsLink, reader: StreamReader) {
    this.#link = link;
    this.#reader = reader;
    this.#seenSeq = link.stream.lastSeq;
    link.connection.subscribe(link.subjects.allTold, {
      callback: (error, message) => {
        if (!error) this.#told(message);
      },
    });
    link.onReconnected(() => void this.#check());
    this.#timer = setInterval(() => void this.#check(), CHECK_MS);
  }

  add(follower: Follower): void {
    const name = nameIn(follower.subject);
    const all = this.#followers.get(name) ?? new Set();
    this.#followers.set(name, all.add(follower));
  }

  remove(follower: Follower): void {
    const name = nameIn(follower.subject);
    const all = this.#followers.get(name);
    all?.delete(follower);
    if (all?.size === 0) this.#followers.delete(name);
  }

  [Symbol.dispose](): void {
    this.#ended.abort();
    clearInterval(this.#timer);
    for (const all of this.#followers.values()) for (const follower of all) follower[Symbol.dispose]();
    this.#followers.clear();
  }

  #told({ headers, subject, data }: Msg): void {
    const seq = Number(headers?.get('Nats-Sequence'));
    const previousSeq = Number(headers?.get('Nats-Last-Sequence'));
    if (!Number.isSafeInteger(seq) || !Number.isSafeInteger(previousSeq)) return;
    const told: Told = { seq, previousSeq, subject, data };
    for (const follower of this.#followers.get(nameIn(subject)) ?? []) follower.told(told);
    const [fromSeq, seenSeq] = [this.#seenSeq + 1, seq];
    this.#seenSeq = Math.max(this.#seenSeq, seq);
    // Snapshots lie between the records, and are not told.
    if (fromSeq < seenSeq) void this.#look(fromSeq, seenSeq);
  }

  async #check(): Promise<void> {
    if (this.#isChecking || !this.#link.isConnected) return;
    this.#isChecking = true;
    await this.#look(this.#seenSeq + 1, Number.POSITIVE_INFINITY);
    this.#isChecking = false;
  }

  /** Has every follower look for what lies in a range of sequences, the end of which is not in it. */
  async #look(fromSeq: number, toSeq: number): Promise<void> {
    const { signal } = this.#ended;
    const { allSessions } = this.#link.subjects;
    for (let seq = fromSeq, looked = 0; !signal.aborted; looked++) {
      const missed =
        looked < MOST_LOOKED_AT
          ? await this.#reader.next(allSessions, seq, signal)
          : await this.#reader.last(allSessions, signal);
      if (!missed || missed.seq < seq || missed.seq >= toSeq) return;
      this.#seenSeq = Math.max(this.#seenSeq, missed.seq);
      const followers =
        looked < MOST_LOOKED_AT
          ? (this.#followers.get(nameIn(missed.subject)) ?? [])
          : [...this.#followers.values()].flatMap((all) => [...all]);
      for (const follower of followers) follower.fill();
      seq = missed.seq + 1;
    }
  }
}
