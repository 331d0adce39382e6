import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { MediaWorker } from '../../src/http/media-worker/index.ts';

/** Hands a worker every connection to a port of loopback, in the main process's place. */
export async function openDoor(worker: MediaWorker): Promise<{ port: number; close(): void }> {
  const listener = createServer({ pauseOnConnect: true }, (socket) => {
    worker.take(socket);
    socket.resume();
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  return { port, close: () => listener.close() };
}
