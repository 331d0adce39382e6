import type { RawData, WebSocket } from 'ws';
import { ClefError, type UserId, wireId } from '../../core/index.ts';
import {
  type ClientMessage,
  type CloseReason,
  type Command,
  type LogClock,
  type OutputReport,
  type PlaybackState,
  type PresentDevice,
  type Sent,
  splitCmdId,
} from '../../playback/session/index.ts';
import { DeviceLine } from './device-line.ts';
import type { Greeting } from './greeting.ts';
import { parseMessage } from './parse-message.ts';
import type { Room, Watcher } from './room.ts';
import type { Rooms } from './rooms.ts';
import type { SessionGrant } from './session-tickets.ts';
import { TokenBucket } from './token-bucket.ts';

/** People press keys; a slider that is dragged sends what it comes to. */
const MESSAGES = { perSecond: 50, burst: 200 };
/** A long message counts as several. */
const BYTES_A_MESSAGE = 16 * 2 ** 10;
/** Commands of one device that wait for the log. */
const MOST_IN_FLIGHT = 512;

export interface ConnectionOptions {
  readonly socket: WebSocket;
  readonly greeting: Greeting;
  readonly rooms: Rooms;
  readonly clock: LogClock;
  readonly commandMs: number;
  /** Undefined for a ticket that is not good here and now. */
  readonly admit: (ticket: string) => Promise<SessionGrant | undefined>;
  /** What others are told of it is another: where it is, or only how it is. */
  readonly onPresence: (changed: 'place' | 'report') => void;
  /** The list of who is there, as it is now. */
  readonly presence: () => Buffer;
  readonly onOutcome: (outcome: string) => void;
  readonly onFailure: (error: unknown) => void;
}

/** A device that said who it is: what it asks for, and what it is told. */
export class Connection implements Watcher {
  readonly instanceId: string;
  readonly account: UserId;
  /** Log time. */
  readonly sinceMs: number;
  readonly #options: ConnectionOptions;
  readonly #line: DeviceLine;
  readonly #bucket: TokenBucket;
  #grant: SessionGrant;
  #sessionId = '';
  #room: Promise<Room> | undefined;
  #shown: Room | undefined;
  /** The state that it has. */
  #told: PlaybackState | undefined;
  #report: OutputReport | undefined;
  #owesPresence = false;
  #inFlight = 0;
  #heardMs: number;

  constructor(options: ConnectionOptions) {
    const { socket, greeting, clock } = options;
    const nowMs = () => clock.nowMs();
    this.#options = options;
    this.instanceId = greeting.hello.instanceId;
    this.account = greeting.grant.account;
    this.#grant = greeting.grant;
    this.sinceMs = nowMs();
    this.#heardMs = this.sinceMs;
    this.#bucket = new TokenBucket({ ...MESSAGES, nowMs });
    this.#line = new DeviceLine({ socket, nowMs, onDrain: () => this.#catchUp() });
    socket.on('message', (data: RawData, isBinary: boolean) => this.#hear(data, isBinary));
    socket.on('pong', () => {
      this.#heardMs = nowMs();
    });
  }

  get heardMs(): number {
    return this.#heardMs;
  }

  get grant(): SessionGrant {
    return this.#grant;
  }

  get isTooSlow(): boolean {
    return this.#line.isTooSlow;
  }

  get present(): PresentDevice {
    const { name, kind } = this.#options.greeting.hello;
    return {
      instanceId: this.instanceId,
      name,
      kind,
      sessionId: this.#sessionId,
      ...(this.#report && { report: this.#report }),
    };
  }

  /** Takes up what came with the greeting. */
  begin(welcome: { readonly logId: string; readonly beatMs: number; readonly leaseMs: number }): void {
    const { clock, greeting } = this.#options;
    this.#line.answer({ type: 'welcome', protocol: 1, clockId: clock.clockId, ...welcome });
    this.#watch(greeting.hello.sessionId);
    for (const { data, isBinary } of greeting.early) this.#hear(data, isBinary);
  }

  show(room: Room): void {
    this.#shown = room;
    if (this.#told === room.state) return;
    if (this.#line.offer(() => room.textFor(this.#told))) this.#told = room.state;
  }

  /** Void in a moment: a device that takes nothing for now is told what came of it. */
  foretell(text: Buffer): void {
    this.#line.offer(() => text);
  }

  tellPresence(): void {
    this.#owesPresence = !this.#line.offer(this.#options.presence);
  }

  ping(): void {
    this.#line.ping();
  }

  close(reason: CloseReason): void {
    this.#line.close(reason);
  }

  cut(): void {
    this.#line.cut();
  }

  /** The socket is closed. */
  leave(): void {
    this.#leaveRoom();
    this.#room = undefined;
  }

  #catchUp(): void {
    if (this.#shown) this.show(this.#shown);
    if (this.#owesPresence) this.tellPresence();
  }

  #hear(data: RawData, isBinary: boolean): void {
    if (!this.#line.isOpen) return;
    this.#heardMs = this.#options.clock.nowMs();
    const lengthBytes = Buffer.isBuffer(data) ? data.length : 0;
    if (!this.#bucket.take(1 + Math.floor(lengthBytes / BYTES_A_MESSAGE))) {
      this.close('too-many-messages');
      return;
    }
    const message = parseMessage(data, isBinary);
    if (typeof message === 'string') this.close(message);
    else this.#take(message);
  }

  #take(message: ClientMessage): void {
    switch (message.type) {
      case 'probe':
        // Late, it would say nothing: a device that takes nothing for now gets none.
        this.#line.offer(() =>
          JSON.stringify({ type: 'probed', id: message.id, atMs: this.#options.clock.nowMs() }),
        );
        break;
      case 'beat':
        if (!message.report) break;
        this.#report = message.report;
        this.#options.onPresence('report');
        break;
      case 'command': {
        const { type: _, ...command } = message;
        void this.#command(command);
        break;
      }
      case 'watch':
        this.#watch(message.sessionId);
        break;
      case 'resync':
        this.#told = undefined;
        if (this.#shown) this.show(this.#shown);
        break;
      case 'ticket':
        this.#renew(message.ticket).catch(this.#options.onFailure);
        break;
      default:
        // It has said who it is.
        this.close('malformed');
    }
  }

  #watch(sessionId: string): void {
    const { rooms, onPresence, onFailure } = this.#options;
    this.#leaveRoom();
    this.#told = undefined;
    this.#shown = undefined;
    const isMove = this.#sessionId !== sessionId;
    this.#sessionId = sessionId;
    const opening = rooms.open({ userId: wireId('us', this.account), sessionId });
    this.#room = opening;
    opening.then(
      (room) => this.#room === opening && room.enter(this),
      (error: unknown) => {
        const isBeyond = error instanceof ClefError && error.code === 'too-many-sessions';
        if (!isBeyond) onFailure(error);
        if (this.#room === opening) this.close(isBeyond ? 'too-many-sessions' : 'unavailable');
      },
    );
    if (isMove) onPresence('place');
  }

  #leaveRoom(): void {
    this.#room?.then(
      (room) => room.leave(this),
      () => undefined,
    );
  }

  async #command(command: Command): Promise<void> {
    const { greeting, commandMs, onOutcome } = this.#options;
    const { cmdId } = command;
    const room = this.#room;
    if (splitCmdId(cmdId).instanceId !== this.instanceId || !room) {
      this.close('malformed');
      return;
    }
    if (this.#inFlight >= MOST_IN_FLIGHT) {
      this.#failed(cmdId);
      return;
    }
    this.#inFlight++;
    try {
      // One after the other, as they came: what waits for a session to open waits in this order.
      const sent = await (await room).send(command, greeting.hello.name, AbortSignal.timeout(commandMs));
      onOutcome(this.#answer(cmdId, sent));
    } catch {
      this.#failed(cmdId);
    } finally {
      this.#inFlight--;
    }
  }

  #answer(cmdId: string, { seq, outcome }: Sent): string {
    const refused = outcome.kind === 'refused' ? outcome.reason : undefined;
    this.#line.answer({ type: 'outcome', cmdId, seq, ...(refused && { refused }) });
    return refused ?? 'applied';
  }

  #failed(cmdId: string): void {
    this.#options.onOutcome('failed');
    this.#line.answer({ type: 'failed', cmdId });
  }

  async #renew(ticket: string): Promise<void> {
    const grant = await this.#options.admit(ticket);
    if (grant?.account === this.account) this.#grant = grant;
    else this.close('ticket-refused');
  }
}
