import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { parseWireId, type UserId, wireId } from '../../core/index.ts';
import type {
  CloseReason,
  DevicesTold,
  ListedSession,
  Neighbours,
  SessionHost,
  SessionKey,
} from '../../playback/session/index.ts';
import type { MetricSample } from '../ports.ts';
import { AccountDevices } from './account-devices.ts';
import { Connection } from './connection.ts';
import { closeSocket } from './device-line.ts';
import { DevicesElsewhere } from './devices-elsewhere.ts';
import { GatewayFigures } from './figures.ts';
import { type Greeting, greet } from './greeting.ts';
import type { GatewayLimits } from './limits.ts';
import { Rooms } from './rooms.ts';
import type { SessionGrant, TicketReader } from './session-tickets.ts';
import { UsedTickets } from './used-tickets.ts';

/** At the end, sockets get this long to say goodbye. */
const GOODBYE_MS = 1_000;

/** Accounts that are known to have begun; of more, all are looked at again. */
const MOST_PREPARED = 65_536;
/** Who was silent for so many beats is asked: one that is a little late comes by itself. */
const LATE_BEATS = 1.5;

/** What accounts say of those who come with a ticket. */
export interface GrantStanding {
  /** Whether the browser's session or the program's API key lasts, of an account that is enabled. */
  holds(grant: SessionGrant): Promise<boolean>;
  /** Calls back where sessions or keys of the account may have ended; returns the unsubscriber. */
  onChange(listener: (user: UserId) => void): () => void;
}

export interface SessionGatewayOptions {
  readonly host: SessionHost;
  readonly tickets: TicketReader;
  readonly standing: GrantStanding;
  /** Absent where no other gateway has these sessions. */
  readonly neighbours?: Neighbours | undefined;
  readonly limits: GatewayLimits;
  /** Time of day, which tickets end by. */
  readonly now: () => number;
  /** Names the gateway among those who send commands. */
  readonly instanceId: string;
  readonly onFailure: (error: unknown) => void;
}

/** Where devices meet their playback sessions: one socket each. */
export class SessionGateway implements AsyncDisposable {
  readonly #options: SessionGatewayOptions;
  readonly #rooms: Rooms;
  readonly #sockets = new Set<WebSocket>();
  readonly #strangers = new Set<WebSocket>();
  readonly #accounts = new Map<UserId, AccountDevices>();
  readonly #elsewhere = new DevicesElsewhere();
  readonly #pingedMs = new WeakMap<Connection, number>();
  readonly #prepared = new Set<string>();
  readonly #usedTickets = new UsedTickets();
  readonly #figures = new GatewayFigures();
  readonly #looking: NodeJS.Timeout;
  readonly #stopListening: (() => void)[];
  #toldOthersMs = 0;
  #isStopping = false;

  constructor(options: SessionGatewayOptions) {
    const { host, limits, instanceId, standing, neighbours, onFailure } = options;
    this.#options = options;
    this.#rooms = new Rooms({ host, limits, instanceId, elsewhere: this.#elsewhere });
    this.#looking = setInterval(() => this.#look(), limits.lookMs);
    this.#stopListening = [
      standing.onChange((user) => {
        for (const connection of this.#devicesOf(user)) this.#check(connection).catch(onFailure);
      }),
    ];
    if (neighbours) this.#stopListening.push(neighbours.onDevices((told) => this.#hearOthers(told)));
  }

  get isFull(): boolean {
    const { mostSockets, mostStrangers } = this.#options.limits;
    return this.#isStopping || this.#sockets.size >= mostSockets || this.#strangers.size >= mostStrangers;
  }

  get socketCount(): number {
    return this.#sockets.size;
  }

  /** Log time. */
  get nowMs(): number {
    return this.#options.host.clock.nowMs();
  }

  /** Takes a socket that was just opened over a connection. */
  async accept(socket: WebSocket, connection: Duplex): Promise<void> {
    // What a device does wrong closes its socket, with a code of RFC 6455.
    socket.on('error', () => undefined);
    this.#sockets.add(socket);
    this.#strangers.add(socket);
    const gone = () => {
      this.#sockets.delete(socket);
      this.#strangers.delete(socket);
    };
    socket.once('close', gone);
    const { limits, onFailure } = this.#options;
    try {
      const admit = (ticket: string) => this.#admit(ticket);
      const greeting = await greet(socket, { connection, withinMs: limits.greetingMs, admit });
      if (greeting) this.#begin(socket, greeting);
    } catch (error) {
      onFailure(error);
      closeSocket(socket, 'unavailable');
    } finally {
      this.#strangers.delete(socket);
    }
  }

  /** Lets an account's session begin with what this server knows, where it has not begun. */
  async prepare(key: SessionKey): Promise<void> {
    const { userId } = key;
    if (this.#prepared.has(userId)) return;
    (await this.#options.host.open(key))[Symbol.dispose]();
    if (this.#prepared.size >= MOST_PREPARED) this.#prepared.clear();
    this.#prepared.add(userId);
  }

  list(userId: string): Promise<readonly ListedSession[]> {
    return this.#rooms.list(userId);
  }

  /** Forgets a session for good; `session-in-use` while devices watch it. */
  remove(key: SessionKey): Promise<void> {
    return this.#rooms.remove(key);
  }

  samples(): readonly MetricSample[] {
    return this.#figures.samples({
      sockets: this.#sockets.size,
      sessions: this.#rooms.heldCount,
      lostOutputs: this.#rooms.lostOutputs,
      isLogReachable: this.#options.host.log.isReachable,
      devices: [...this.#accounts.values()].flatMap(({ connections }) =>
        connections.map(({ present }) => present),
      ),
    });
  }

  /**
   * Closes the sockets one after the other within this time: devices go elsewhere at once, and all of them together would wait for each
   * other there. Resolves when each was told, at once where the signal is aborted.
   */
  async sendAway(overMs: number, signal: AbortSignal): Promise<void> {
    const sockets = [...this.#sockets];
    const beganMs = performance.now();
    for (const [index, socket] of sockets.entries()) {
      const waitMs = beganMs + (overMs * index) / sockets.length - performance.now();
      // A timer is no finer than a millisecond.
      if (waitMs >= 1) await delay(waitMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      closeSocket(socket, 'stopping');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    for (const stop of this.#stopListening) stop();
    clearInterval(this.#looking);
    const closed = Array.from(this.#sockets, (socket) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      socket.once('close', () => resolve());
      closeSocket(socket, 'stopping');
      return promise;
    });
    const late = setTimeout(() => {
      for (const socket of this.#sockets) socket.terminate();
    }, GOODBYE_MS);
    await Promise.all(closed);
    clearTimeout(late);
    this.#rooms[Symbol.dispose]();
  }

  #begin(socket: WebSocket, greeting: Greeting): void {
    const { host, limits, onFailure } = this.#options;
    const { account } = greeting.grant;
    if (this.#isStopping || socket.readyState !== socket.OPEN) return;
    const devices = this.#accounts.get(account) ?? this.#newDevices(account);
    this.#accounts.set(account, devices);
    const connection = new Connection({
      socket,
      greeting,
      rooms: this.#rooms,
      clock: host.clock,
      commandMs: limits.commandMs,
      admit: (ticket) => this.#admit(ticket),
      onPresence: (changed) => devices.changed(changed),
      presence: () => devices.presence(),
      onOutcome: (outcome) => this.#figures.count(outcome),
      onFailure,
    });
    socket.once('close', (code: number) => {
      this.#figures.closed(code);
      connection.leave();
      devices.remove(connection);
      if (!devices.isEmpty) return;
      devices.tellOthers();
      devices[Symbol.dispose]();
      if (this.#accounts.get(account) === devices) this.#accounts.delete(account);
    });
    const { beatMs, leaseMs } = limits;
    connection.begin({ logId: host.log.logId, beatMs, leaseMs });
    devices.add(connection);
  }

  #newDevices(account: UserId): AccountDevices {
    const { limits, neighbours, instanceId } = this.#options;
    const userId = wireId('us', account);
    return new AccountDevices({
      limits,
      elsewhere: () => this.#elsewhere.of(userId),
      tellOthers: (devices) =>
        neighbours?.tellDevices({ gatewayId: instanceId, userId, devices: [...devices] }),
    });
  }

  #hearOthers(told: DevicesTold): void {
    this.#elsewhere.hear(told, this.nowMs);
    this.#othersChanged(told.userId);
  }

  #othersChanged(userId: string): void {
    const account = parseWireId(userId)?.id as UserId | undefined;
    if (account !== undefined) this.#accounts.get(account)?.othersChanged();
  }

  /** Again and again: who was not there when it was told hears of it, and everybody that they are still here. */
  #lookAtOthers(): void {
    const { beatMs, leaseMs } = this.#options.limits;
    const { nowMs } = this;
    for (const userId of this.#elsewhere.expire(nowMs, leaseMs)) this.#othersChanged(userId);
    if (nowMs - this.#toldOthersMs < beatMs) return;
    this.#toldOthersMs = nowMs;
    for (const devices of this.#accounts.values()) devices.tellOthers();
  }

  async #admit(ticket: string): Promise<SessionGrant | undefined> {
    const { tickets, standing, now } = this.#options;
    const read = await tickets.read(ticket);
    if (!read || !this.#usedTickets.take(read, now())) return undefined;
    const { account, session, expiresAtMs } = read;
    const grant = { account, session, expiresAtMs };
    return (await standing.holds(grant)) ? grant : undefined;
  }

  async #check(connection: Connection): Promise<void> {
    if (!(await this.#options.standing.holds(connection.grant))) connection.close('ticket-refused');
  }

  #devicesOf(user: UserId): readonly Connection[] {
    return this.#accounts.get(user)?.connections ?? [];
  }

  #look(): void {
    this.#rooms.look();
    if (this.#options.neighbours) this.#lookAtOthers();
    for (const { connections } of this.#accounts.values())
      for (const connection of connections) this.#lookAt(connection);
  }

  #lookAt(connection: Connection): void {
    const { host, limits, now } = this.#options;
    const nowMs = host.clock.nowMs();
    const { beatMs } = limits;
    const silentMs = nowMs - connection.heardMs;
    const reason = this.#endOf(connection, now());
    if (reason) connection.close(reason);
    // Its network is gone: a closing handshake would wait for it.
    else if (silentMs > 2 * limits.leaseMs) connection.cut();
    else if (silentMs > LATE_BEATS * beatMs && nowMs - (this.#pingedMs.get(connection) ?? 0) > beatMs) {
      this.#pingedMs.set(connection, nowMs);
      connection.ping();
    }
  }

  #endOf({ grant, isTooSlow }: Connection, timeOfDayMs: number): CloseReason | undefined {
    if (grant.expiresAtMs <= timeOfDayMs) return 'ticket-refused';
    return isTooSlow ? 'too-slow' : undefined;
  }
}
