import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { ClientMessage, CloseReason } from '../../playback/session/index.ts';
import { closeSocket } from './device-line.ts';
import { parseMessage } from './parse-message.ts';
import type { SessionGrant } from './session-tickets.ts';

/** What a stranger may say before it is known who it is. */
const LONGEST_GREETING_BYTES = 8 * 2 ** 10;

export type Hello = Extract<ClientMessage, { readonly type: 'hello' }>;

export interface Frame {
  readonly data: RawData;
  readonly isBinary: boolean;
}

/** Somebody who has said who they are, and proved it. */
export interface Greeting {
  readonly hello: Hello;
  readonly grant: SessionGrant;
  /** What came behind the first message. */
  readonly early: readonly Frame[];
}

export interface GreetingOptions {
  /** The connection under the socket. */
  readonly connection: Duplex;
  readonly withinMs: number;
  /** Undefined for a ticket that is not good here and now. */
  readonly admit: (ticket: string) => Promise<SessionGrant | undefined>;
}

/** Waits for the first message. Undefined where it was not a good one, or did not come; the socket is closed then. */
export async function greet(socket: WebSocket, options: GreetingOptions): Promise<Greeting | undefined> {
  const { connection, withinMs, admit } = options;
  const early: Frame[] = [];
  const first = Promise.withResolvers<Frame | CloseReason>();
  const onMessage = (data: RawData, isBinary: boolean): void => {
    early.push({ data, isBinary });
    first.resolve({ data, isBinary });
  };
  let bytes = 0;
  const onData = ({ length }: Buffer): void => {
    bytes += length;
    // Before it is put together: nobody unknown makes the server hold a long message.
    if (bytes > LONGEST_GREETING_BYTES) connection.destroy();
  };
  const onClose = () => first.resolve('malformed');
  const late = setTimeout(() => first.resolve('ticket-refused'), withinMs);
  socket.on('message', onMessage);
  socket.once('close', onClose);
  connection.on('data', onData);
  try {
    const frame = await first.promise;
    const message = typeof frame === 'string' ? frame : parseMessage(frame.data, frame.isBinary);
    if (typeof message === 'string' || message.type !== 'hello') {
      closeSocket(socket, typeof message === 'string' ? message : 'malformed');
      return undefined;
    }
    const grant = await admit(message.ticket);
    if (!grant) closeSocket(socket, 'ticket-refused');
    return grant && { hello: message, grant, early: early.slice(1) };
  } finally {
    clearTimeout(late);
    socket.off('message', onMessage);
    socket.off('close', onClose);
    connection.off('data', onData);
  }
}
