import { type Bytes, ClefError } from '../../../core/index.ts';

/** Of a listing of 1,000 names of 1,024 characters, and to spare. */
const LONGEST_TEXT_BYTES = 4 * 2 ** 20;

/** Ends a request when its caller gives up, and when nothing comes of it for too long. */
export class Patience implements Disposable {
  readonly #controller = new AbortController();
  readonly #callers: AbortSignal | undefined;
  #timer: NodeJS.Timeout;
  #ranOut = false;

  constructor(callers: AbortSignal | undefined, firstMs: number) {
    this.#callers = callers;
    this.#timer = this.#start(firstMs);
    callers?.addEventListener('abort', this.#giveUp);
    if (callers?.aborted) this.#giveUp();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get ranOut(): boolean {
    return this.#ranOut;
  }

  /** The caller's own reason, where it gave up. */
  throwIfGivenUp(): void {
    this.#callers?.throwIfAborted();
  }

  /** Something came; the next has so long again. */
  renew(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = this.#start(ms);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#callers?.removeEventListener('abort', this.#giveUp);
  }

  #start(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#ranOut = true;
      this.#controller.abort();
    }, ms);
  }

  readonly #giveUp = (): void => this.#controller.abort(this.#callers?.reason);
}

/** An engine's answer, whose body may break off or stop at any byte. To be disposed of, or read to its end. */
export class S3Answer implements AsyncDisposable {
  /** Whether an earlier try of the request was lost, or failed within the engine: it may have been carried out. */
  readonly mayBeDone: boolean;
  readonly #response: Response;
  readonly #patience: Patience;
  readonly #idleMs: number;

  constructor(response: Response, patience: Patience, idleMs: number, mayBeDone: boolean) {
    this.mayBeDone = mayBeDone;
    this.#response = response;
    this.#patience = patience;
    this.#idleMs = idleMs;
  }

  get status(): number {
    return this.#response.status;
  }

  get headers(): Headers {
    return this.#response.headers;
  }

  /** The reason of the request's caller, where it gave up. */
  throwIfGivenUp(): void {
    this.#patience.throwIfGivenUp();
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes(LONGEST_TEXT_BYTES));
  }

  /** The body's first bytes, so many at most. One that breaks off or stops is `node-offline`. */
  async bytes(most: number): Promise<Bytes> {
    const bytes = new Uint8Array(most);
    const { filled, error } = await this.readInto(bytes, 0);
    if (error) {
      this.throwIfGivenUp();
      const did = this.#patience.ranOut ? 'stopped within' : 'broke off';
      throw new ClefError('node-offline', `a bucket ${did} its answer`, { cause: error });
    }
    return bytes.subarray(0, filled);
  }

  /** Where in `into` the body ended; with the error, where it broke off before its end. What is too much is left out. */
  async readInto(into: Bytes, from: number): Promise<{ readonly filled: number; readonly error?: unknown }> {
    let filled = from;
    try {
      for await (const piece of this.#response.body ?? []) {
        this.#patience.renew(this.#idleMs);
        const room = piece.subarray(0, into.length - filled);
        into.set(room, filled);
        filled += room.length;
        if (room.length < piece.length) break;
      }
      return { filled };
    } catch (error) {
      return { filled, error };
    } finally {
      this.#patience[Symbol.dispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#patience[Symbol.dispose]();
    if (!this.#response.bodyUsed) await this.#response.body?.cancel().catch(() => undefined);
  }
}
