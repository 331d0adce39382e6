import * as v from 'valibot';
import { expect } from 'vitest';
import { serverEvent, type ServerEvent } from '../../src/api/index.ts';
import type { ApiBrowser } from './api-browser.ts';

/** Reads events one by one, each held against the contract. */
export class EventListener implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = '';

  private constructor(body: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = body.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async open(browser: ApiBrowser): Promise<EventListener> {
    const response = await browser.fetch('/api/v1/events');
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    if (!response.body) throw new Error('the stream has no body');
    return new EventListener(response.body);
  }

  /** Undefined once the server has ended the stream. */
  async next(): Promise<ServerEvent | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        if (block.startsWith('data: ')) return v.parse(serverEvent, JSON.parse(block.slice(6)));
        continue;
      }
      const { value, done } = await this.#reader.read();
      if (done) return undefined;
      this.#text += value;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel().catch(() => undefined);
  }
}
