import { chmod, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { linesOf, sendLine } from './lines.ts';
import { errorReply, parseRequest, type Request } from './protocol.ts';

/** Runs one operation; progress is sent as it comes. */
export type RequestHandler = (
  request: Request,
  context: { readonly signal: AbortSignal; readonly onProgress: (value: unknown) => void },
) => Promise<unknown>;

const MAX_CONNECTIONS = 32;

/**
 * Listens on a socket that only this user can open (0600 in a 0700 folder). The caller holds the
 * data folder's lock, so a socket file that is already there belongs to a dead process.
 */
export async function listenForControl(path: string, handle: RequestHandler): Promise<AsyncDisposable> {
  if (!path.startsWith('\\\\')) await rm(path, { force: true });
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    void serve(socket, handle);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  if (!path.startsWith('\\\\')) await chmod(path, 0o600);
  return {
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

async function serve(socket: Socket, handle: RequestHandler): Promise<void> {
  const gone = new AbortController();
  socket.on('close', () => gone.abort());
  try {
    for await (const line of linesOf(socket)) {
      const value = await handle(parseRequest(line), {
        signal: gone.signal,
        onProgress: (progress) => {
          if (!gone.signal.aborted)
            socket.write(`${JSON.stringify({ kind: 'progress', value: progress })}\n`);
        },
      });
      await sendLine(socket, { kind: 'result', value: value ?? null });
      break;
    }
  } catch (error) {
    if (!gone.signal.aborted) await sendLine(socket, errorReply(error)).catch(() => undefined);
  } finally {
    socket.end();
  }
}
