import { JetStreamApiCodes } from '@nats-io/jetstream';
import * as v from 'valibot';
import type { NatsLink } from './link.ts';
import { parsed } from '../../../nats/index.ts';

/** A message of the stream. */
export interface Stored {
  readonly seq: number;
  readonly subject: string;
  readonly data: Uint8Array;
}

const REQUEST_MS = 500;
const PAUSE_MS = 50;
/** Questions under way at once. */
const MOST_AT_ONCE = 64;

const answer = v.object({
  message: v.optional(v.object({ seq: v.number(), subject: v.string(), data: v.optional(v.string(), '') })),
  error: v.optional(v.object({ err_code: v.optional(v.number()) })),
});

type Question = { readonly seq: number; readonly next_by_subj: string } | { readonly last_by_subj: string };

/**
 * Reads the stream message by message, by asking its leader: it alone is sure to have what was acknowledged. Goes on asking
 * for as long as there is none, and ends when the signal aborts.
 */
export class StreamReader {
  readonly #link: NatsLink;
  #free = MOST_AT_ONCE;
  readonly #turns: (() => void)[] = [];

  constructor(link: NatsLink) {
    this.#link = link;
  }

  /** The first message at a sequence or behind it; undefined where there is none, or no longer anybody who asks. */
  next(subject: string, seq: number, signal: AbortSignal): Promise<Stored | undefined> {
    return this.#ask({ seq, next_by_subj: subject }, signal);
  }

  last(subject: string, signal: AbortSignal): Promise<Stored | undefined> {
    return this.#ask({ last_by_subj: subject }, signal);
  }

  async #ask(question: Question, signal: AbortSignal): Promise<Stored | undefined> {
    await this.#turn();
    try {
      while (!signal.aborted) {
        using woken = this.#link.woken();
        const found = await this.#askOnce(question).catch(() => 'unanswered' as const);
        if (found !== 'unanswered') return found;
        await Promise.race([woken.promise, new Promise((resolve) => setTimeout(resolve, PAUSE_MS))]);
      }
      return undefined;
    } finally {
      this.#free++;
      this.#turns.shift()?.();
    }
  }

  async #askOnce(question: Question): Promise<Stored | undefined> {
    const { connection, subjects } = this.#link;
    const subject = `$JS.API.STREAM.MSG.GET.${subjects.stream}`;
    const reply = await connection.request(subject, JSON.stringify(question), { timeout: REQUEST_MS });
    const { message, error } = parsed(answer, reply) ?? {};
    if (message)
      return { seq: message.seq, subject: message.subject, data: Buffer.from(message.data, 'base64') };
    if (error?.err_code === JetStreamApiCodes.NoMessageFound) return undefined;
    throw new Error(`JetStream answers ${error?.err_code ?? 'something else'}`);
  }

  async #turn(): Promise<void> {
    while (this.#free === 0) await new Promise<void>((resolve) => this.#turns.push(resolve));
    this.#free--;
  }
}
