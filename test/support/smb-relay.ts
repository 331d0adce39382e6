import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** SMB2 SET_INFO, by which files are renamed: MS-SMB2 2.2.1.2. */
const SET_INFO = 0x11;
const LENGTH_BYTES = 4;
const COMMAND_AT = LENGTH_BYTES + 12;

export interface SmbRelay extends AsyncDisposable {
  readonly port: number;
  /** Renames that clients sent since it started. */
  readonly renames: number;
}

/**
 * Stands between clients and an SMB server that does not encrypt. A rename that is to `hang` is not passed on, and nothing
 * that follows it on its connection; one that is to `break` ends the connection.
 */
export async function relaySmb(
  serverPort: number,
  fateOfRename: (nth: number) => 'break' | 'hang' | 'pass',
): Promise<SmbRelay> {
  const sockets = new Set<Socket>();
  let renames = 0;
  const fateOf = (message: Buffer) =>
    message.readUInt16LE(COMMAND_AT) === SET_INFO ? fateOfRename(++renames) : 'pass';
  const server = createServer((client) => {
    const onward = connect(serverPort, '127.0.0.1');
    let waiting = Buffer.alloc(0);
    let hangs = false;
    client.on('data', (piece: Buffer) => {
      waiting = Buffer.concat([waiting, piece]);
      while (!hangs && waiting.length > COMMAND_AT + 2) {
        const lengthBytes = LENGTH_BYTES + waiting.readUIntBE(1, 3);
        if (waiting.length < lengthBytes) return;
        const message = waiting.subarray(0, lengthBytes);
        const fate = fateOf(message);
        if (fate === 'break') client.destroy();
        if (fate !== 'pass') {
          hangs = true;
          return;
        }
        onward.write(message);
        waiting = waiting.subarray(lengthBytes);
      }
    });
    onward.pipe(client);
    for (const [socket, other] of [
      [client, onward],
      [onward, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get renames() {
      return renames;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
