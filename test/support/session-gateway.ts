import * as v from 'valibot';
import {
  type ClientMessage,
  clientMessage,
  headOf,
  type LiveSession,
  type PlaybackState,
  type PresentDevice,
  patchBetween,
  SessionHost,
  type ServerMessage,
} from '../../src/playback/session/index.ts';
import { createMemoryLog } from '../../src/playback/stores/memory-log.ts';
import { createMemorySnapshots } from '../../src/playback/stores/memory-snapshots.ts';
import type { OpenSocket, Socket, SocketEvents } from '../../src/web/session/socket.ts';

const USER = 'us-1';

interface Line {
  readonly events: SocketEvents;
  session: LiveSession | undefined;
  told: PlaybackState | undefined;
  device: PresentDevice | undefined;
}

/** The protocol over a host of sessions, without a network: what a gateway answers to one listener's devices. */
export class SessionGateway implements AsyncDisposable {
  readonly host: SessionHost;
  /** All that arrived. */
  readonly heard: ClientMessage[] = [];
  /** Nobody is let in. */
  isDown = false;
  /** Commands that the log does not take. */
  failures = 0;
  /** Answers that get lost on their way. */
  losesAnswers = false;
  /** What became of commands is told later than what they did. */
  isLateWithOutcomes = false;
  readonly #late: (() => void)[] = [];
  /** Nobody gets a word. */
  isDeaf = false;
  /** Heads that are told as one. */
  isSlow = false;
  readonly #lines = new Set<Line>();

  constructor(nowMs: () => number) {
    this.host = new SessionHost({
      log: createMemoryLog('log-1'),
      snapshots: createMemorySnapshots(),
      clock: { clockId: 'clock-1', nowMs },
      timeOfDayMs: nowMs,
      defaultName: 'Music',
      onFailure: () => undefined,
    });
  }

  readonly open: OpenSocket = (events) => {
    const line: Line = { events, session: undefined, told: undefined, device: undefined };
    if (this.isDown) queueMicrotask(() => events.onClose());
    else {
      this.#lines.add(line);
      queueMicrotask(() => events.onOpen());
    }
    return {
      send: (text) => {
        if (this.#lines.has(line)) void this.#hear(line, v.parse(clientMessage, JSON.parse(text)));
      },
      close: () => this.#close(line),
    } satisfies Socket;
  };

  /** What devices of this listener have in common. */
  get presentCount(): number {
    return [...this.#lines].filter(({ device }) => device).length;
  }

  /** Every connection ends. */
  cut(): void {
    for (const line of this.#lines) this.#close(line);
  }

  /** Every device is sent elsewhere. */
  sendAway(): void {
    for (const line of this.#lines) {
      this.#say(line, { type: 'closing', reason: 'stopping' });
      queueMicrotask(() => this.#close(line));
    }
  }

  /** Tells everyone, as of another device, what the log does not have yet. */
  announce(message: Extract<ServerMessage, { type: 'tentative' }>): void {
    for (const line of this.#lines) this.#say(line, message);
  }

  /** Tells slow devices the newest state. */
  catchUp(): void {
    this.isSlow = false;
    for (const line of this.#lines) if (line.session) this.#tell(line);
  }

  tellOutcomes(): void {
    this.isLateWithOutcomes = false;
    for (const tell of this.#late.splice(0)) tell();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await this.host[Symbol.asyncDispose]();
  }

  async #hear(line: Line, message: ClientMessage): Promise<void> {
    if (this.isDeaf) return;
    this.heard.push(message);
    switch (message.type) {
      case 'hello': {
        const { instanceId, name, kind, sessionId } = message;
        line.device = { instanceId, name, kind, sessionId };
        const { log, clock } = this.host;
        this.#say(line, {
          type: 'welcome',
          protocol: 1,
          logId: log.logId,
          clockId: clock.clockId,
          beatMs: 5_000,
          leaseMs: 15_000,
        });
        await this.#watch(line, sessionId);
        this.#tellPresence();
        return;
      }
      case 'watch':
        await this.#watch(line, message.sessionId);
        return;
      case 'command': {
        const { type: _, ...command } = message;
        if (this.failures > 0) {
          this.failures--;
          this.#say(line, { type: 'failed', cmdId: command.cmdId });
          return;
        }
        const sent = await line.session?.send(command, line.device?.name ?? '');
        if (!sent || this.losesAnswers) return;
        const { seq, outcome } = sent;
        const refused = outcome.kind === 'refused' ? { refused: outcome.reason } : {};
        const answer = () => this.#say(line, { type: 'outcome', cmdId: command.cmdId, seq, ...refused });
        if (this.isLateWithOutcomes) this.#late.push(answer);
        else answer();
        return;
      }
      case 'probe':
        this.#say(line, { type: 'probed', id: message.id, atMs: this.host.clock.nowMs() });
        return;
      case 'resync':
        line.told = undefined;
        this.#tell(line);
        return;
      case 'beat': {
        const { report } = message;
        if (line.device && report) line.device = { ...line.device, report };
        this.#tellPresence();
        return;
      }
      default:
    }
  }

  async #watch(line: Line, sessionId: string): Promise<void> {
    line.session?.[Symbol.dispose]();
    line.session = undefined;
    line.told = undefined;
    const session = await this.host.open({ userId: USER, sessionId });
    line.session = session;
    session.onStep(({ record }) => {
      if (line.session === session && !this.isSlow) this.#tell(line, record?.command.cmdId);
    });
    this.#tell(line);
  }

  #tell(line: Line, cmdId?: string): void {
    const { session, told } = line;
    if (!session || this.losesAnswers) return;
    const { state, key } = session;
    const queue = patchBetween(told?.queue, state.queue);
    line.told = state;
    this.#say(line, {
      type: 'state',
      sessionId: key.sessionId,
      head: headOf(state, told?.seq ?? 0),
      ...(queue && { queue }),
      ...(cmdId !== undefined && { cmdId }),
    });
  }

  #tellPresence(): void {
    const devices = [...this.#lines].flatMap(({ device }) => device ?? []);
    for (const line of this.#lines) if (line.device) this.#say(line, { type: 'presence', devices });
  }

  #say(line: Line, message: ServerMessage): void {
    if (this.isDeaf) return;
    const text = JSON.stringify(message);
    queueMicrotask(() => {
      if (this.#lines.has(line)) line.events.onText(text);
    });
  }

  #close(line: Line): void {
    if (!this.#lines.delete(line)) return;
    line.session?.[Symbol.dispose]();
    queueMicrotask(() => line.events.onClose());
    this.#tellPresence();
  }
}
