import { connect, type Socket } from 'node:net';
import { ClefError } from '../../core/index.ts';
import { linesOf, sendLine } from './lines.ts';
import { errorFromReply, parseReply, type Request } from './protocol.ts';

/** Undefined where no server listens there. */
export function connectToControl(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED' || error.code === 'ENOTDIR')
        resolve(undefined);
      else
        reject(
          new ClefError(
            'not-allowed',
            `the running server's control socket cannot be opened (${error.code}); run as the same user`,
          ),
        );
    });
  });
}

/** Sends one request and waits for its end. Aborting closes the connection, which cancels it on the server. */
export async function callControl(
  socket: Socket,
  request: Request,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (value: unknown) => void },
): Promise<unknown> {
  const abort = () => socket.destroy(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await sendLine(socket, request);
    for await (const line of linesOf(socket)) {
      const reply = parseReply(line);
      switch (reply.kind) {
        case 'progress':
          onProgress(reply.value);
          break;
        case 'result':
          return reply.value;
        case 'error':
          throw errorFromReply(reply);
      }
    }
    throw new ClefError('not-ready', 'the server stopped before it answered');
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}
