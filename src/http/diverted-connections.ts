import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Takes a connection that nobody has read from yet; false leaves it. */
export type TakeConnection = (socket: Socket) => boolean;

/** Lets new connections of a listening server be taken before its HTTP reads from them. */
export class DivertedConnections {
  readonly #server: Server;
  readonly #serve: readonly ((socket: Socket) => void)[];

  constructor(server: Server, take: TakeConnection) {
    this.#server = server;
    this.#serve = server.listeners('connection');
    server.removeAllListeners('connection');
    // What net.createServer has an option for, and http.createServer has not: nothing is read before it is wanted.
    Object.assign(server, { pauseOnConnect: true });
    server.on('connection', (socket: Socket) => {
      if (!take(socket)) this.serve(socket);
    });
  }

  /** Leaves a connection to the server's own HTTP after all. */
  serve(socket: Socket): void {
    for (const listener of this.#serve) listener.call(this.#server, socket);
    socket.resume();
  }
}
