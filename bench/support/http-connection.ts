import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface Answer {
  readonly status: number;
  readonly bodyBytes: number;
}

export interface ConnectionEvents {
  /** Bytes of a body arrived. */
  body(lengthBytes: number): void;
  answered(answer: Answer): void;
  failed(reason: string): void;
}

const HEADER_END = Buffer.from('\r\n\r\n');
const MAX_HEADER_BYTES = 16_384;

/**
 * All sockets read into one buffer: what is in it is only counted, at once. So thousands of connections cost
 * little, and the load generator stays out of the way of what it measures.
 */
const shared = Buffer.allocUnsafeSlow(1_048_576);

/** A keep-alive connection that sends GET requests and counts what comes back. One request at a time. */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  #header: Buffer | undefined = Buffer.alloc(0);
  #status = 0;
  #bodyBytes = 0;
  #missingBytes = 0;
  #over = false;

  constructor(port: number, events: ConnectionEvents, { isTls = false } = {}) {
    this.#events = events;
    const place = { host: '127.0.0.1', port };
    this.#socket = isTls
      ? // A private server's, which nobody vouches for.
        connectTls({ ...place, rejectUnauthorized: false }).on('data', (bytes: Buffer) => this.#take(bytes))
      : connect({
          ...place,
          onread: {
            buffer: shared,
            callback: (lengthBytes) => {
              this.#take(shared.subarray(0, lengthBytes));
              return true;
            },
          },
        });
    this.#socket.setNoDelay(true);
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#fail(error.code ?? 'socket error'));
    this.#socket.on('close', () => this.#fail('connection closed'));
  }

  get(path: string, headers: string): void {
    this.#header = Buffer.alloc(0);
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n`);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#over = true;
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    const body = this.#header === undefined ? bytes : this.#takeHeader(this.#header, bytes);
    if (this.#over || this.#header !== undefined || !body) return;
    this.#missingBytes -= body.length;
    if (this.#missingBytes < 0) return this.#fail('more bytes than announced');
    if (body.length > 0) this.#events.body(body.length);
    if (this.#missingBytes > 0) return;
    this.#header = Buffer.alloc(0);
    this.#events.answered({ status: this.#status, bodyBytes: this.#bodyBytes });
  }

  /** What follows the header, once that is whole. */
  #takeHeader(before: Buffer, bytes: Buffer): Buffer | undefined {
    const received = Buffer.concat([before, bytes]);
    const end = received.indexOf(HEADER_END);
    if (end < 0) {
      if (received.length > MAX_HEADER_BYTES) this.#fail('endless header');
      else this.#header = received;
      return undefined;
    }
    const text = received.toString('latin1', 0, end);
    this.#status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]);
    this.#bodyBytes = Number(/^content-length: *(\d+)\r?$/im.exec(text)?.[1]);
    if (!Number.isInteger(this.#status) || !Number.isInteger(this.#bodyBytes)) {
      this.#fail('an answer without status or length');
      return undefined;
    }
    this.#missingBytes = this.#bodyBytes;
    this.#header = undefined;
    return received.subarray(end + HEADER_END.length);
  }

  #fail(reason: string): void {
    if (this.#over) return;
    this.close();
    this.#events.failed(reason);
  }
}
