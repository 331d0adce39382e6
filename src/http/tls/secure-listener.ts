import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { RequestListener, Server as HttpServer } from 'node:http';
import { createServer as createNetServer, type Server, type Socket } from 'node:net';
import { serverLimits } from '../limits.ts';
import type { SocketDoor } from '../playback/index.ts';
import { createServer as createHttpServer } from '../node-http.ts';

/** PEM: a private key, and its certificate with those of its issuers. */
export interface ServerCertificate {
  readonly keyPem: string;
  readonly certificatePem: string;
}

export interface SecureListenerOptions {
  readonly certificate: ServerCertificate;
  readonly onRequest: RequestListener;
  readonly sockets?: SocketDoor;
  /** For those who speak plain HTTP to this port, as whoever leaves out `https://` does. */
  readonly onPlainRequest: RequestListener;
}

export interface SecureListener {
  readonly server: Server;
  /** For connections from now on; those under way keep theirs. */
  exchange(certificate: ServerCertificate): void;
  closeIdleConnections(): void;
  closeAllConnections(): void;
}

/** The content type of a TLS handshake record, RFC 8446 section 5.1. */
const HANDSHAKE = 0x16;
/** A connection that says nothing by then is closed. */
const FIRST_BYTE_MS = 10_000;
/** As browsers have it; RFC 9325 section 3.1.1. */
const MIN_VERSION = 'TLSv1.2';

/** One port that speaks TLS, and answers plain HTTP too, by the first byte that a client sends. */
export function createSecureListener(options: SecureListenerOptions): SecureListener {
  const { certificate, onRequest, onPlainRequest, sockets } = options;
  const secure: HttpsServer = createHttpsServer(
    {
      ...serverLimits,
      ...contextOf(certificate),
      ...(sockets && { shouldUpgradeCallback: sockets.wants }),
      minVersion: MIN_VERSION,
      ALPNProtocols: ['http/1.1'],
    },
    onRequest,
  );
  if (sockets) secure.on('upgrade', sockets.open);
  const plain: HttpServer = createHttpServer(serverLimits, onPlainRequest);
  // Node keeps time and account of connections from here on; neither listens itself.
  secure.emit('listening');
  plain.emit('listening');

  const waiting = new Set<Socket>();
  const server = createNetServer({ noDelay: true, keepAlive: true }, (socket) => {
    waiting.add(socket);
    const late = setTimeout(() => socket.destroy(), FIRST_BYTE_MS);
    socket.once('close', () => {
      clearTimeout(late);
      waiting.delete(socket);
    });
    socket.on('error', () => socket.destroy());
    socket.once('data', (bytes: Buffer) => {
      clearTimeout(late);
      waiting.delete(socket);
      socket.pause();
      socket.unshift(bytes);
      if (bytes[0] === HANDSHAKE) {
        secure.emit('connection', socket);
        return;
      }
      // As an HTTP server has it for connections of its own.
      socket.allowHalfOpen = true;
      plain.emit('connection', socket);
      socket.resume();
    });
  });

  return {
    server,
    exchange: (next) => secure.setSecureContext({ ...contextOf(next), minVersion: MIN_VERSION }),
    closeIdleConnections() {
      for (const socket of waiting) socket.destroy();
      secure.closeIdleConnections();
      plain.closeIdleConnections();
    },
    closeAllConnections() {
      for (const socket of waiting) socket.destroy();
      secure.closeAllConnections();
      plain.closeAllConnections();
    },
  };
}

function contextOf({ keyPem, certificatePem }: ServerCertificate): { key: string; cert: string } {
  return { key: keyPem, cert: certificatePem };
}
