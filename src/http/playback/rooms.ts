import { ClefError } from '../../core/index.ts';
import type { ListedSession, SessionHost, SessionKey } from '../../playback/session/index.ts';
import type { DevicesElsewhere } from './devices-elsewhere.ts';
import type { GatewayLimits } from './limits.ts';
import type { LostOutput } from './leases.ts';
import { Room } from './room.ts';

export interface RoomsOptions {
  readonly host: SessionHost;
  readonly limits: GatewayLimits;
  readonly elsewhere: DevicesElsewhere;
  /** Names this gateway among those who send commands. */
  readonly instanceId: string;
}

/** There without being begun. */
const MAIN = 'main';
/** Who did it, where a server did. */
const BY = 'Clef';

/** The sessions that devices of this gateway watch, or whose outputs may come back to it. */
export class Rooms implements Disposable {
  readonly #options: RoomsOptions;
  readonly #opening = new Map<string, Promise<Room>>();
  readonly #rooms = new Map<string, Room>();
  readonly #unusedSinceMs = new Map<Room, number>();
  #commands = 0;
  lostOutputs = 0;

  constructor(options: RoomsOptions) {
    this.#options = options;
  }

  get heldCount(): number {
    return this.#options.host.heldCount;
  }

  /** `too-many-sessions` for a new one beyond the bound of its account. */
  open(key: SessionKey): Promise<Room> {
    const name = nameOf(key);
    const known = this.#opening.get(name);
    if (known) return known;
    const opening = this.#open(key, name);
    this.#opening.set(name, opening);
    opening.catch(() => this.#opening.delete(name));
    return opening;
  }

  list(userId: string): Promise<readonly ListedSession[]> {
    return this.#options.host.list(userId);
  }

  /** `session-in-use` while devices watch it. */
  async remove(key: SessionKey): Promise<void> {
    const name = nameOf(key);
    const room = this.#rooms.get(name);
    if (room?.isWatched || this.#options.elsewhere.isWatched(key))
      throw new ClefError('session-in-use', 'devices are in this session');
    if (room) this.#close(name, room);
    await this.#options.host.remove(key);
  }

  /** Reports outputs that are lost, and lets go of sessions that nobody needs. */
  look(): void {
    const { host, limits, elsewhere } = this.#options;
    const { leaseMs } = limits;
    const nowMs = host.clock.nowMs();
    for (const [name, room] of this.#rooms) {
      const heardElsewhereMs = (id: string) => elsewhere.heardMs(room.key.userId, id);
      for (const output of room.overdue({ nowMs, leaseMs }, heardElsewhereMs)) void this.#lose(room, output);
      if (room.isWatched || room.isAwaited) {
        this.#unusedSinceMs.delete(room);
        continue;
      }
      const sinceMs = this.#unusedSinceMs.get(room) ?? nowMs;
      this.#unusedSinceMs.set(room, sinceMs);
      if (nowMs - sinceMs > leaseMs) this.#close(name, room);
    }
  }

  [Symbol.dispose](): void {
    for (const [name, room] of this.#rooms) this.#close(name, room);
  }

  async #open(key: SessionKey, name: string): Promise<Room> {
    const session = await this.#options.host.open(key);
    try {
      if (session.state.seq === 0 && key.sessionId !== MAIN) await this.#refuseBeyondBound(key);
    } catch (error) {
      session[Symbol.dispose]();
      throw error;
    }
    const room = new Room(session);
    this.#rooms.set(name, room);
    return room;
  }

  /** Counts what is open with what is stored: a session that is being begun is in no list yet. */
  async #refuseBeyondBound({ userId }: SessionKey): Promise<void> {
    const { host, limits } = this.#options;
    const names = new Set((await host.list(userId)).map(({ sessionId }) => nameOf({ userId, sessionId })));
    for (const name of this.#opening.keys()) if (name.startsWith(`${userId}/`)) names.add(name);
    names.delete(nameOf({ userId, sessionId: MAIN }));
    if (names.size > limits.mostSessionsAnAccount)
      throw new ClefError('too-many-sessions', `${limits.mostSessionsAnAccount} playback sessions are there`);
  }

  #close(name: string, room: Room): void {
    this.#opening.delete(name);
    this.#rooms.delete(name);
    this.#unusedSinceMs.delete(room);
    room[Symbol.dispose]();
  }

  async #lose(room: Room, output: LostOutput): Promise<void> {
    const { instanceId, limits } = this.#options;
    const cmdId = `${instanceId}.${++this.#commands}`;
    const command = { cmdId, action: { type: 'output.lost', ...output } } as const;
    try {
      const { outcome } = await room.send(command, BY, AbortSignal.timeout(limits.commandMs));
      if (outcome.kind === 'applied') this.lostOutputs++;
    } catch {
      room.stillLost(output);
    }
  }
}

function nameOf({ userId, sessionId }: SessionKey): string {
  return `${userId}/${sessionId}`;
}
