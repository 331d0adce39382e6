import { buildApp, type HttpDeps, type HttpSettings } from './app.ts';

/** How long answers under way may go on once the server is told to stop. */
const DRAIN_MS = 15_000;

export interface ListenAddress {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
}

/** The door of a server, for everything that speaks HTTP. */
export interface HttpServer extends AsyncDisposable {
  /** Resolves with the port that it listens on. */
  listen(address: ListenAddress): Promise<number>;
  /** `/readyz` says no from now on, so that load balancers turn away while everything is still answered. */
  beginDrain(): void;
  /** Takes no more connections, lets answers under way finish for a bounded time, then cuts the rest. */
  close(): Promise<void>;
}

export interface HttpServerOptions extends HttpDeps, HttpSettings {
  readonly drainMs?: number;
}

export function createHttpServer({ drainMs = DRAIN_MS, ...options }: HttpServerOptions): HttpServer {
  let draining = false;
  const app = buildApp(options, options, () => draining);

  async function close(): Promise<void> {
    draining = true;
    const cut = setTimeout(() => app.server.closeAllConnections(), drainMs);
    await app.close();
    clearTimeout(cut);
  }

  return {
    async listen({ host, port }) {
      await app.listen({ host, port });
      const address = app.server.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },
    beginDrain() {
      draining = true;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
