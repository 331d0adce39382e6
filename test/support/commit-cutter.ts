import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { MysqlAddress } from '../../src/catalog/sql/mysql/address.ts';

/** What becomes of a query: it is carried out and its answer lost, or lost itself. */
export type Lost = 'answer' | 'query';

/** A way to a database that can be cut at a query. */
export interface CommitCutter extends AsyncDisposable {
  readonly place: Pick<MysqlAddress, 'host' | 'port'>;
  /** The next query that begins so is the last of its connection. `meanwhile` is told it, and happens before either end hears of it. */
  cutAt(beginning: string, lost: Lost, meanwhile?: (query: string) => Promise<unknown>): Promise<void>;
}

interface Cut {
  /** A query of the text protocol: length, number, COM_QUERY, text (MariaDB, "Client/Server Protocol"). */
  readonly query: Buffer;
  readonly lost: Lost;
  readonly meanwhile: ((query: string) => Promise<unknown>) | undefined;
  readonly done: PromiseWithResolvers<void>;
}

/** A database that was told to commit has done so by then. */
const CARRIED_OUT_AFTER_MS = 200;

export async function layCommitCutter(
  target: Pick<MysqlAddress, 'host' | 'port'>,
  host = '127.0.0.1',
): Promise<CommitCutter> {
  const sockets = new Set<Socket>();
  let waiting: Cut | undefined;
  const server = createServer((client) => {
    const upstream = connect(target.port, target.host);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    let isCut = false;
    const end = async ({ lost, meanwhile, done }: Cut, bytes: Buffer): Promise<void> => {
      isCut = true;
      if (lost === 'answer') {
        upstream.write(bytes);
        await new Promise((resolve) => setTimeout(resolve, CARRIED_OUT_AFTER_MS));
      }
      try {
        await meanwhile?.(bytes.toString('latin1'));
      } finally {
        client.destroy();
        upstream.destroy();
      }
      done.resolve();
    };
    client.on('data', (bytes: Buffer) => {
      if (waiting && bytes.includes(waiting.query)) {
        const cut = waiting;
        waiting = undefined;
        end(cut, bytes).catch(cut.done.reject);
      } else if (!isCut) upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (!isCut) client.write(bytes);
    });
    client.on('close', () => {
      if (!isCut) upstream.destroy();
    });
    upstream.on('close', () => {
      if (!isCut) client.destroy();
    });
  });
  server.listen(0, host);
  await once(server, 'listening');
  // Of a server that listens on a port.
  const { port } = server.address() as AddressInfo;
  return {
    place: { host, port },
    cutAt(beginning, lost, meanwhile) {
      const done = Promise.withResolvers<void>();
      waiting = { query: Buffer.from(`\u0003${beginning}`), lost, meanwhile, done };
      return done.promise;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
