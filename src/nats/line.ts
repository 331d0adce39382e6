import type { NatsConnection } from '@nats-io/transport-node';
import type { NatsAddress } from './address.ts';
import { connectToNats } from './connect.ts';

export interface NatsLineOptions {
  readonly address: NatsAddress;
  readonly signal: AbortSignal;
  /** Told of the first try that fails, and of each cut. */
  readonly onLost?: (error: unknown) => void;
  readonly onBack?: () => void;
}

const RETRY_MS = 500;

/** A connection that may be late, and says when it is cut and back: for what is of no use once it is late. */
export class NatsLine implements AsyncDisposable {
  readonly connection: NatsConnection;
  readonly #options: NatsLineOptions;
  #isConnected = true;

  private constructor(connection: NatsConnection, options: NatsLineOptions) {
    this.connection = connection;
    this.#options = options;
    void this.#watch();
  }

  /** Tries until it is there; undefined where the signal was aborted before. */
  static async open(options: NatsLineOptions): Promise<NatsLine | undefined> {
    const { address, signal, onLost } = options;
    let told = false;
    while (!signal.aborted) {
      try {
        return new NatsLine(await connectToNats(address), options);
      } catch (error) {
        if (!told) onLost?.(error);
        told = true;
        await pause(RETRY_MS, signal);
      }
    }
    return undefined;
  }

  get isConnected(): boolean {
    return this.#isConnected && !this.connection.isClosed();
  }

  /** Without a connection nothing is said: it would be kept for later, when it is no news any more. */
  say(subject: string, what: unknown): void {
    if (this.isConnected) this.connection.publish(subject, JSON.stringify(what));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What was said last is on its way; a connection that is away takes nothing.
    if (this.isConnected)
      await Promise.race([this.connection.flush().catch(() => undefined), pause(RETRY_MS)]);
    this.#isConnected = false;
    await this.connection.close();
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (type === 'disconnect' && this.#isConnected) {
        this.#isConnected = false;
        this.#options.onLost?.(undefined);
      }
      if (type !== 'reconnect') continue;
      this.#isConnected = true;
      this.#options.onBack?.();
    }
  }
}

async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = () => resolve();
  const timer = setTimeout(wake, ms);
  signal?.addEventListener('abort', wake, { once: true });
  await promise;
  clearTimeout(timer);
  signal?.removeEventListener('abort', wake);
}
