import { randomBytes } from 'node:crypto';
import { routes } from '../../src/api/index.ts';
import {
  type Action,
  type ClientMessage,
  type Command,
  type CloseReason,
  type OutputKind,
  type PlaybackState,
  type PresentDevice,
  type ServerMessage,
  stateOf,
} from '../../src/playback/session/index.ts';
import type { ApiBrowser } from './api-browser.ts';
import { outputOf } from './session-script.ts';
import { waitFor } from './wait-for.ts';

type Said<Type extends ServerMessage['type']> = Extract<ServerMessage, { readonly type: Type }>;

export interface SessionDeviceOptions {
  /** `http://…`, with the base path. */
  readonly baseUrl: string;
  /** Of a browser that is signed in. */
  readonly ticket: string;
  readonly name?: string;
  readonly kind?: Exclude<OutputKind, 'subsonic'>;
  readonly sessionId?: string;
  /** To come back as the one that was there. */
  readonly instanceId?: string;
  /** Number of the first command. Default 1. */
  readonly firstCommand?: number;
  readonly onState?: (state: PlaybackState) => void;
  /** Hears all that the server says, first of all. */
  readonly onMessage?: (message: ServerMessage) => void;
}

/** A device of a listener, as far as the protocol sees one: it says hello, and follows its session. */
export class SessionDevice implements AsyncDisposable {
  readonly instanceId: string;
  /** All that the server said, but for states. */
  readonly heard: Exclude<ServerMessage, { type: 'state' }>[] = [];
  state: PlaybackState | undefined;
  sessionId: string;
  /** How many messages told of the state. */
  states = 0;
  /** Of the close frame, once the socket is closed. */
  closed: { readonly code: number; readonly reason: string } | undefined;
  /** Resolves once it is closed. */
  readonly gone: Promise<void>;
  readonly #socket: WebSocket;
  readonly #onMessage: SessionDeviceOptions['onMessage'];
  readonly #waiting = new Map<string, (outcome: Said<'outcome'> | Said<'failed'>) => void>();
  readonly #onState: SessionDeviceOptions['onState'];
  #commands: number;

  private constructor(socket: WebSocket, options: SessionDeviceOptions) {
    this.#socket = socket;
    this.#onMessage = options.onMessage;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.gone = promise;
    this.instanceId = options.instanceId ?? newInstanceId();
    this.sessionId = options.sessionId ?? 'main';
    this.#commands = (options.firstCommand ?? 1) - 1;
    this.#onState = options.onState;
    socket.addEventListener('message', ({ data }: MessageEvent<string>) => this.#hear(data));
    socket.addEventListener('close', ({ code, reason }) => {
      this.closed = { code, reason };
      resolve();
    });
  }

  /** Resolves once the state of its session is there. */
  static async join(options: SessionDeviceOptions): Promise<SessionDevice> {
    const device = await SessionDevice.hello(options);
    await waitFor('the state of a session', async () => {
      if (device.closed) throw new Error(`closed: ${device.closed.reason}`);
      return device.state;
    });
    return device;
  }

  /** Says hello and waits for no answer. */
  static async hello(options: SessionDeviceOptions): Promise<SessionDevice> {
    const { name = 'Phone', kind = 'page', ticket } = options;
    const device = new SessionDevice(await openSocket(options.baseUrl), options);
    const { instanceId, sessionId } = device;
    device.send({ type: 'hello', protocol: 1, ticket, instanceId, name, kind, sessionId });
    return device;
  }

  get clockId(): string | undefined {
    return this.last('welcome')?.clockId;
  }

  get devices(): readonly PresentDevice[] {
    return this.last('presence')?.devices ?? [];
  }

  get closeReason(): CloseReason | undefined {
    return this.last('closing')?.reason;
  }

  last<Type extends Exclude<ServerMessage['type'], 'state'>>(type: Type): Said<Type> | undefined {
    return this.heard.findLast((message) => message.type === type) as Said<Type> | undefined;
  }

  send(message: ClientMessage): void {
    this.sendText(JSON.stringify(message));
  }

  sendText(text: string | ArrayBuffer): void {
    this.#socket.send(text);
  }

  /** A command that is this device's next. */
  newCommand(action: Action, only?: Command['only']): Command {
    return { cmdId: `${this.instanceId}.${++this.#commands}`, action, ...(only && { only }) };
  }

  /** What became of it: `applied`, why it was refused, or `failed`. */
  async do(action: Action, only?: Command['only']): Promise<string> {
    return this.repeat(this.newCommand(action, only));
  }

  /** A command as it is, which may have been sent before. */
  async repeat(command: Command): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<Said<'outcome'> | Said<'failed'>>();
    this.#waiting.set(command.cmdId, resolve);
    this.send({ type: 'command', ...command });
    const answer = await promise;
    return answer.type === 'failed' ? 'failed' : (answer.refused ?? 'applied');
  }

  /** Makes the device an output of the session that it watches. */
  play(): Promise<string> {
    return this.do({ type: 'output.add', output: outputOf(this.instanceId) });
  }

  watch(sessionId: string): void {
    this.sessionId = sessionId;
    this.state = undefined;
    this.send({ type: 'watch', sessionId });
  }

  /** Resolves when the server, or this device, has closed the socket. */
  async ended(): Promise<{ readonly code: number; readonly reason: string }> {
    return waitFor('a socket to close', async () => this.closed);
  }

  close(): void {
    this.#socket.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.ended();
  }

  #hear(text: string): void {
    const message = JSON.parse(text) as ServerMessage;
    this.#onMessage?.(message);
    if (message.type !== 'state') {
      this.heard.push(message);
      if (message.type === 'outcome' || message.type === 'failed') {
        this.#waiting.get(message.cmdId)?.(message);
        this.#waiting.delete(message.cmdId);
      }
      return;
    }
    if (message.sessionId !== this.sessionId) return;
    this.states++;
    const state = stateOf(message.head, message.queue, this.state);
    if (state) {
      this.state = state;
      this.#onState?.(state);
    } else {
      this.send({ type: 'resync' });
    }
  }
}

export function newInstanceId(): string {
  return randomBytes(12).toString('base64url');
}

export async function ticketOf(browser: ApiBrowser): Promise<string> {
  return (await browser.call(routes.playbackTicket, {})).ticket;
}

/** A socket of the protocol, with nothing said yet. */
export async function openSocket(baseUrl: string): Promise<WebSocket> {
  const socket = new WebSocket(`${baseUrl.replace(/^http/, 'ws')}/api/v1/playback/socket`);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.addEventListener('open', () => resolve());
  socket.addEventListener('error', () => reject(new Error('the socket did not open')));
  await promise;
  return socket;
}
