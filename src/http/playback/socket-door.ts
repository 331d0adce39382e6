import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { API_PATH, PLAYBACK_SOCKET_PATH } from '../../api/index.ts';
import { LONGEST_MESSAGE_BYTES } from '../../playback/session/index.ts';
import type { SessionGateway } from './gateway.ts';

/** Where requests become sockets, whichever listener they come by. */
export interface SocketDoor {
  /** Whether a request asks for that, at the one address that does it; all others are answered as they are. */
  readonly wants: (request: IncomingMessage) => boolean;
  /** For the `upgrade` event of a server. */
  readonly open: (request: IncomingMessage, connection: Duplex, head: Buffer) => void;
}

export interface SocketDoorOptions {
  readonly gateway: SessionGateway;
  readonly basePath: string;
  readonly isDraining: () => boolean;
}

/**
 * No cookie is looked at, and so no origin: a page of another site comes as far as a greeting for which it has no ticket.
 * Nothing is compressed: messages are short, and each would have memory of its own.
 */
export function createSocketDoor({ gateway, basePath, isDraining }: SocketDoorOptions): SocketDoor {
  const path = `${basePath}${API_PATH}${PLAYBACK_SOCKET_PATH}`;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: LONGEST_MESSAGE_BYTES,
  });
  return {
    wants: ({ method, url = '', headers }) =>
      method === 'GET' && url.split('?', 1)[0] === path && /^websocket$/i.test(headers.upgrade ?? ''),
    open(request, connection, head) {
      if (isDraining() || gateway.isFull) {
        refuse(connection);
        return;
      }
      server.handleUpgrade(request, connection, head, (socket) => void gateway.accept(socket, connection));
    },
  };
}

function refuse(connection: Duplex): void {
  connection.on('error', () => connection.destroy());
  connection.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n\r\n');
}
