import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type RawData, WebSocket } from 'ws';

/** Where devices meet their sessions, below a server's address. */
const PATH = '/api/v1/playback/socket';

export interface FanoutDeviceOptions {
  readonly port: number;
  readonly ticket: string;
  /** A loopback address of its own: one has ports for some 28,000 connections. */
  readonly localAddress: string;
  /** A state with the command in it, or one that several records led to, without. */
  readonly onState: (device: FanoutDevice, state: { seq: number; cmdId?: string; bytes: number }) => void;
  readonly onOutcome: (outcome: { cmdId: string; seq: number; isRefused: boolean }) => void;
  readonly onEnd: (reason: string) => void;
}

/** A letter tells the messages apart that count here: `{"type":"state"` and `{"type":"outcome"`. */
const LETTER_AT = '{"type":"'.length;
const STATE = 's'.charCodeAt(0);
const OUTCOME = 'o'.charCodeAt(0);
const SEQ = Buffer.from('"seq":');
/** A `cmdId` ends the message that has one. */
const CMD_ID = /"cmdId":"([\w-]{16}\.\d+)"\}$/;
const LONGEST_CMD_ID_BYTES = 48;

/**
 * A device as lean as it can be, so that ten thousand of them measure the server and not themselves: of a state it reads
 * the sequence and the command.
 */
export class FanoutDevice {
  readonly instanceId = randomBytes(12).toString('base64url');
  readonly #socket: WebSocket;
  readonly #options: FanoutDeviceOptions;
  readonly #told = Promise.withResolvers<void>();
  #commands = 0;
  #isLeaving = false;
  /** Of the last state. */
  seq = -1;

  private constructor(socket: WebSocket, options: FanoutDeviceOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#told.promise.catch(() => undefined);
    socket.on('message', (data: RawData) => Buffer.isBuffer(data) && this.#hear(data));
    socket.on('close', (code: number, reason: Buffer) => this.#end(`closed: ${code} ${reason.toString()}`));
  }

  /** Resolves once the state of its session is there. */
  static async join(options: FanoutDeviceOptions): Promise<FanoutDevice> {
    const { port, ticket, localAddress } = options;
    const socket = new WebSocket(`ws://127.0.0.1:${port}${PATH}`, {
      localAddress,
      perMessageDeflate: false,
      skipUTF8Validation: true,
    });
    await once(socket, 'open');
    const device = new FanoutDevice(socket, options);
    const { instanceId } = device;
    const who = { ticket, instanceId, name: 'Device', kind: 'page', sessionId: 'main' };
    device.#say({ type: 'hello', protocol: 1, ...who });
    await device.#told.promise;
    return device;
  }

  /** Returns the id of the command. */
  send(action: object): string {
    const cmdId = `${this.instanceId}.${++this.#commands}`;
    this.#say({ type: 'command', cmdId, action });
    return cmdId;
  }

  beat(report?: object): void {
    this.#say({ type: 'beat', ...(report && { report }) });
  }

  async leave(): Promise<void> {
    this.#isLeaving = true;
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }

  #say(message: object): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #hear(data: Buffer): void {
    switch (data[LETTER_AT]) {
      case STATE:
        this.#hearState(data);
        break;
      case OUTCOME: {
        const { cmdId, seq, refused } = JSON.parse(data.toString()) as {
          cmdId: string;
          seq: number;
          refused?: string;
        };
        this.#options.onOutcome({ cmdId, seq, isRefused: refused !== undefined });
        break;
      }
      default:
    }
  }

  #hearState(data: Buffer): void {
    const at = data.indexOf(SEQ) + SEQ.length;
    const seq = Number.parseInt(data.toString('latin1', at, at + 16), 10);
    const [, cmdId] =
      CMD_ID.exec(data.toString('latin1', Math.max(0, data.length - LONGEST_CMD_ID_BYTES))) ?? [];
    this.#options.onState(this, { seq, bytes: data.length, ...(cmdId !== undefined && { cmdId }) });
    this.seq = seq;
    this.#told.resolve();
  }

  #end(reason: string): void {
    this.#told.reject(new Error(reason));
    if (!this.#isLeaving) this.#options.onEnd(reason);
  }
}
