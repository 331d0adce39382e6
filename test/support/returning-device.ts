import { setTimeout as delay } from 'node:timers/promises';
import type { Action, Command, ServerMessage } from '../../src/playback/session/index.ts';
import { SessionLink } from '../../src/web/session/link.ts';
import { webSocketTo } from '../../src/web/session/socket.ts';
import { newInstanceId } from './session-device.ts';

/** Before a command is sent again that the log did not take. */
const AGAIN_MS = 20;

export interface ReturningDeviceOptions {
  /** `http://…`, with the base path. */
  readonly baseUrl: string;
  readonly ticket: () => Promise<string>;
}

/** A device that comes back as the web player does, by the web player's own link, and sends again what nobody judged. */
export class ReturningDevice implements Disposable {
  readonly instanceId = newInstanceId();
  /** From each close of its socket to the first state over the next one, in ms. */
  readonly returnsMs: number[] = [];
  /** Reasons that servers gave, each with how often. */
  readonly reasons = new Map<string, number>();
  /** Connections that were begun after one was lost. */
  tries = 0;
  /** Commands that were sent more than once. */
  repeated = 0;
  readonly #link: SessionLink;
  readonly #unjudged = new Map<
    string,
    { readonly command: Command; readonly judged: (what: string) => void }
  >();
  readonly #there = Promise.withResolvers<void>();
  #lostMs: number | undefined;
  #isThere = false;
  #commands = 0;

  constructor({ baseUrl, ticket }: ReturningDeviceOptions) {
    const open = webSocketTo(`${baseUrl.replace(/^http/, 'ws')}/api/v1/playback/socket`);
    this.#link = new SessionLink({
      openSocket: (events) =>
        open({
          ...events,
          onClose: () => {
            this.#lose();
            events.onClose();
          },
        }),
      ticket: () => {
        if (this.#lostMs !== undefined) this.tries++;
        return ticket();
      },
      self: () => ({ instanceId: this.instanceId, name: 'Page', kind: 'page', sessionId: 'main' }),
      report: () => undefined,
      nowMs: () => performance.now(),
      random: Math.random,
      onMessage: (message) => this.#hear(message),
      onChange: () => undefined,
    });
  }

  /** It has the state of its session. */
  get isThere(): boolean {
    return this.#isThere;
  }

  /** Resolves once it has had a state. */
  get arrived(): Promise<void> {
    return this.#there.promise;
  }

  /** What became of it, however many sockets that takes. */
  async do(action: Action): Promise<string> {
    const command: Command = { cmdId: `${this.instanceId}.${++this.#commands}`, action };
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#unjudged.set(command.cmdId, { command, judged: resolve });
    this.#send(command);
    return promise;
  }

  [Symbol.dispose](): void {
    this.#link[Symbol.dispose]();
  }

  #send(command: Command): void {
    if (this.#isThere) this.#link.send({ type: 'command', ...command });
  }

  #lose(): void {
    if (this.#isThere) this.#lostMs = performance.now();
    this.#isThere = false;
  }

  #arrive(): void {
    if (this.#isThere) return;
    this.#isThere = true;
    if (this.#lostMs !== undefined) this.returnsMs.push(performance.now() - this.#lostMs);
    this.#lostMs = undefined;
    this.#there.resolve();
    for (const { command } of this.#unjudged.values()) {
      this.repeated++;
      this.#send(command);
    }
  }

  #hear(message: ServerMessage): void {
    switch (message.type) {
      case 'state':
        this.#arrive();
        break;
      case 'closing':
        this.reasons.set(message.reason, (this.reasons.get(message.reason) ?? 0) + 1);
        break;
      case 'outcome':
        this.#unjudged.get(message.cmdId)?.judged(message.refused ?? 'applied');
        this.#unjudged.delete(message.cmdId);
        break;
      case 'failed':
        void this.#again(message.cmdId);
        break;
      default:
    }
  }

  async #again(cmdId: string): Promise<void> {
    await delay(AGAIN_MS);
    const waiting = this.#unjudged.get(cmdId);
    if (!waiting) return;
    this.repeated++;
    this.#send(waiting.command);
  }
}
