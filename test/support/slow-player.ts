import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A player that takes the head of an answer and then nothing until it is told to. */
export class SlowPlayer implements Disposable {
  readonly #socket: Socket;
  readonly #pieces: Buffer[] = [];
  readonly #ended: Promise<unknown>;
  head = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#ended = once(socket, 'close');
  }

  static async start(url: string, range?: string): Promise<SlowPlayer> {
    const { hostname, port, pathname, search } = new URL(url);
    const player = new SlowPlayer(connect(Number(port), hostname));
    const socket = player.#socket;
    // A worker that dies resets its connections.
    socket.on('error', () => undefined);
    socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n`);
    socket.write(`${range === undefined ? '' : `Range: bytes=${range}\r\n`}\r\n`);
    while (!player.#hasHead()) {
      await once(socket, 'readable');
      const piece = socket.read() as Buffer | null;
      if (piece) player.#pieces.push(piece);
    }
    return player;
  }

  get port(): number {
    return this.#socket.localPort ?? 0;
  }

  stop(): void {
    this.#socket.destroy();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  /** What came of the body until the connection closed. */
  async finish(): Promise<Buffer> {
    this.#socket.on('data', (piece: Buffer) => this.#pieces.push(piece));
    await this.#ended;
    return Buffer.concat(this.#pieces);
  }

  #hasHead(): boolean {
    const all = Buffer.concat(this.#pieces.splice(0));
    const end = all.indexOf('\r\n\r\n');
    if (end < 0) {
      this.#pieces.push(all);
      return false;
    }
    this.head = all.subarray(0, end).toString('latin1');
    this.#pieces.push(all.subarray(end + 4));
    return true;
  }
}
