import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Command } from '../../src/playback/session/index.ts';
import { type FromGateway, machineMs, type ToGateway } from './gateway-messages.ts';

type Of<Kind extends FromGateway['kind']> = Extract<FromGateway, { readonly kind: Kind }>;

export interface GatewayListeners {
  onHeard(heard: Of<'heard'>, gateway: number): void;
  onFailure(message: string): void;
}

/** A gateway that may be killed and started again. */
export class GatewayProcess {
  readonly #index: number;
  readonly #url: string;
  readonly #sessions: number;
  readonly #listeners: GatewayListeners;
  #child: ChildProcess | undefined;
  readonly #waiting = new Map<string, PromiseWithResolvers<Of<'sent'>>>();
  #seen: PromiseWithResolvers<Of<'seen'>['sessions']> | undefined;
  #readyMs = Number.POSITIVE_INFINITY;

  constructor(
    index: number,
    { url, sessions }: { url: string; sessions: number },
    listeners: GatewayListeners,
  ) {
    this.#index = index;
    this.#url = url;
    this.#sessions = sessions;
    this.#listeners = listeners;
  }

  /** Since when it has all sessions, on the machine's clock; infinite while it has not. */
  get readyMs(): number {
    return this.#readyMs;
  }

  async start(): Promise<void> {
    const child = fork(join(import.meta.dirname, 'nats-gateway.ts'));
    this.#child = child;
    const ready = Promise.withResolvers<void>();
    child.on('message', (message: FromGateway) => {
      switch (message.kind) {
        case 'ready':
          this.#readyMs = machineMs();
          ready.resolve();
          break;
        case 'sent':
          this.#waiting.get(message.cmdId)?.resolve(message);
          this.#waiting.delete(message.cmdId);
          break;
        case 'heard':
          this.#listeners.onHeard(message, this.#index);
          break;
        case 'seen':
          this.#seen?.resolve(message.sessions);
          break;
        default:
          this.#listeners.onFailure(message.message);
      }
    });
    child.on('exit', () => {
      this.#readyMs = Number.POSITIVE_INFINITY;
      for (const { reject } of this.#waiting.values()) reject(new Error('the gateway is gone'));
      this.#waiting.clear();
      ready.reject(new Error('the gateway did not start'));
    });
    this.#tell({ kind: 'setup', url: this.#url, sessions: this.#sessions });
    await ready.promise;
  }

  /** Rejects where the gateway is killed before it has answered. */
  send(session: number, command: Command): Promise<Of<'sent'>> {
    const waiting = Promise.withResolvers<Of<'sent'>>();
    this.#waiting.set(command.cmdId, waiting);
    this.#tell({ kind: 'send', session, command });
    return waiting.promise;
  }

  look(): Promise<Of<'seen'>['sessions']> {
    this.#seen = Promise.withResolvers();
    this.#tell({ kind: 'look' });
    return this.#seen.promise;
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  #tell(message: ToGateway): void {
    // A process that was killed a moment ago says so by its exit.
    this.#child?.send(message, () => undefined);
  }
}
