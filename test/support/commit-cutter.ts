import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { MysqlAddress } from '../../src/catalog/sql/mysql/pool.ts';

/** What becomes of the next commit: it is carried out and its answer lost, or lost itself. */
type Cut = 'answer' | 'commit';

/** A way to a database that can be cut at a commit. */
export interface CommitCutter extends AsyncDisposable {
  readonly address: MysqlAddress;
  cutAtCommit(what: Cut): void;
}

/** A query of the text protocol: length, number, COM_QUERY, text (MariaDB, "Client/Server Protocol"). */
const COMMIT = Buffer.from('\u0003commit');
/** A database that was told to commit has done so by then. */
const COMMITTED_AFTER_MS = 200;

export async function layCommitCutter(target: MysqlAddress): Promise<CommitCutter> {
  const sockets = new Set<Socket>();
  let cut: Cut | undefined;
  const server = createServer((client) => {
    const upstream = connect(target.port, target.host);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    let isCut = false;
    client.on('data', (bytes: Buffer) => {
      if (cut === undefined || !bytes.includes(COMMIT)) {
        upstream.write(bytes);
        return;
      }
      const what = cut;
      cut = undefined;
      isCut = true;
      if (what === 'answer') upstream.write(bytes);
      client.destroy();
      setTimeout(() => upstream.destroy(), what === 'answer' ? COMMITTED_AFTER_MS : 0);
    });
    upstream.on('data', (bytes) => {
      if (!isCut) client.write(bytes);
    });
    client.on('close', () => {
      if (!isCut) upstream.destroy();
    });
    upstream.on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // Of a server that listens on a port.
  const { port } = server.address() as AddressInfo;
  return {
    address: { ...target, host: '127.0.0.1', port },
    cutAtCommit: (what) => (cut = what),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
