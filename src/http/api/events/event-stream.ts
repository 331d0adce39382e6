import type { ServerEvent } from '../../../api/index.ts';

/** Where a stream's text goes. */
export interface EventSink {
  /** False where the client takes no more for now; `EventStream.resume` is called once it does. */
  write(text: string): boolean;
  end(): void;
}

/** Beyond, a client that reads too slowly is cut off: it comes back and asks for everything anew. */
const MAX_WAITING = 64;
/** The newest of them says all: an older one that still waits is left out. */
const NEWEST_COUNTS: ReadonlySet<ServerEvent['kind']> = new Set([
  'library-changed',
  'vault-changed',
  'import-progress',
]);

/** How soon a browser comes back after a cut. */
const RETRY_MS = 2_000;

/** Events on their way to one client, a bounded number of them. */
export class EventStream {
  readonly #sink: EventSink;
  #waiting: ServerEvent[] = [];
  #isBlocked = false;
  #isOpen = true;

  constructor(sink: EventSink) {
    this.#sink = sink;
    this.#write(`retry: ${RETRY_MS}\n\n`);
  }

  send(event: ServerEvent): void {
    if (!this.#isOpen) return;
    if (!this.#isBlocked) {
      this.#write(`data: ${JSON.stringify(event)}\n\n`);
      return;
    }
    if (NEWEST_COUNTS.has(event.kind)) {
      this.#waiting = this.#waiting.filter(({ kind }) => kind !== event.kind);
    }
    this.#waiting.push(event);
    if (this.#waiting.length > MAX_WAITING) this.close();
  }

  /** A comment, by which both ends and all between learn that the other is there. */
  beat(): void {
    if (this.#isOpen && !this.#isBlocked) this.#write(': still here\n\n');
  }

  resume(): void {
    this.#isBlocked = false;
    while (this.#isOpen && !this.#isBlocked) {
      const event = this.#waiting.shift();
      if (event === undefined) return;
      this.send(event);
    }
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#waiting = [];
    this.#sink.end();
  }

  #write(text: string): void {
    this.#isBlocked = !this.#sink.write(text);
  }
}
