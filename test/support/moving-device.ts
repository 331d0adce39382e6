import { setTimeout as delay } from 'node:timers/promises';
import type { Command, ServerMessage } from '../../src/playback/session/index.ts';
import type { GatewayProcess } from './gateway-process.ts';
import { SessionDevice } from './session-device.ts';

const AGAIN_MS = 20;

export interface MovingDeviceOptions {
  readonly instanceId: string;
  readonly gateways: readonly GatewayProcess[];
  /** Of these, where it goes first, or waits until that is there. */
  readonly first: number;
  readonly waits?: boolean;
  readonly ticket: () => Promise<string>;
  readonly onMessage: (message: ServerMessage, device: MovingDevice) => void;
}

export interface Judged {
  readonly seq: number;
  readonly isApplied: boolean;
  /** Since it was sent where it was judged. */
  readonly tookMs: number;
}

/** A device that goes on at the next gateway when the one it has is gone, and sends again what was not judged. */
export class MovingDevice {
  readonly #options: MovingDeviceOptions;
  #socket: SessionDevice | undefined;
  #turn: number;
  #sinceMs = Number.POSITIVE_INFINITY;
  #isClosed = false;

  constructor(options: MovingDeviceOptions) {
    this.#options = options;
    this.#turn = options.first;
  }

  /** Where it is now. */
  get gateway(): number {
    return this.#turn % this.#options.gateways.length;
  }

  /** Since when it has been there; infinite while it is nowhere. */
  get sinceMs(): number {
    return this.#socket?.closed ? Number.POSITIVE_INFINITY : this.#sinceMs;
  }

  async connect(): Promise<SessionDevice> {
    for (;;) {
      if (this.#isClosed) throw new Error('the device was closed');
      if (this.#socket && !this.#socket.closed) return this.#socket;
      const { instanceId, gateways, ticket, onMessage, waits = false } = this.#options;
      if (this.#socket && !waits) this.#turn++;
      this.#socket = undefined;
      const gateway = gateways[this.gateway];
      if (gateway?.isAtAnEnd) throw new Error('a gateway takes no commands any more');
      this.#sinceMs = Number.POSITIVE_INFINITY;
      this.#socket = gateway?.isRunning
        ? await SessionDevice.join({
            baseUrl: gateway.baseUrl,
            ticket: await ticket(),
            instanceId,
            onMessage: (message) => onMessage(message, this),
          }).catch(() => undefined)
        : undefined;
      this.#sinceMs = performance.now();
      if (this.#socket) return this.#socket;
      if (!waits) this.#turn++;
      await delay(AGAIN_MS);
    }
  }

  /** Is there whenever it can be, until it is closed. */
  async stay(): Promise<void> {
    while (!this.#isClosed) await (await this.connect()).gone;
  }

  /** `onSend` is called each time that it goes to a gateway. */
  async send(command: Command, onSend: () => void): Promise<Judged> {
    for (;;) {
      const socket = await this.connect();
      onSend();
      const startMs = performance.now();
      const answer = await Promise.race([socket.repeat(command), socket.gone]);
      const tookMs = performance.now() - startMs;
      const told = socket.heard.findLast(
        (message) => message.type === 'outcome' && message.cmdId === command.cmdId,
      );
      if (answer !== undefined && told?.type === 'outcome')
        return { seq: told.seq, isApplied: answer === 'applied', tookMs };
      if (answer === 'failed') await delay(AGAIN_MS);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.close();
  }
}
