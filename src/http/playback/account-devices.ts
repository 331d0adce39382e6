import type { ServerMessage } from '../../playback/session/index.ts';
import { atMostEvery } from '../at-most.ts';
import type { Connection } from './connection.ts';
import type { GatewayLimits } from './limits.ts';

/** How an output fares changes all the time; who is where seldom. */
const REPORTS_MS = 2_000;
/** Devices that a list names; the newest. */
const MOST_LISTED = 128;

/** The devices of one account that are there now; each is told who the others are. */
export class AccountDevices implements Disposable {
  readonly #mostSockets: number;
  readonly #connections = new Map<string, Connection>();
  readonly #news: ReturnType<typeof atMostEvery>;
  readonly #reports: ReturnType<typeof atMostEvery>;
  /** As it was written last, for all who are told of it. */
  #presence: Buffer | undefined;

  constructor({ presenceMs, mostSocketsAnAccount }: GatewayLimits) {
    this.#mostSockets = mostSocketsAnAccount;
    this.#news = atMostEvery(presenceMs, () => this.#tell());
    this.#reports = atMostEvery(REPORTS_MS, () => this.#news.ask());
  }

  get connections(): readonly Connection[] {
    return [...this.#connections.values()];
  }

  get isEmpty(): boolean {
    return this.#connections.size === 0;
  }

  /** An instance has one socket, the newest; beyond the bound the oldest device goes. */
  add(connection: Connection): void {
    const { instanceId } = connection;
    this.#connections.get(instanceId)?.close('replaced');
    this.#connections.delete(instanceId);
    this.#connections.set(instanceId, connection);
    const [oldest] = this.#connections.values();
    if (oldest && this.#connections.size > this.#mostSockets) {
      this.#connections.delete(oldest.instanceId);
      oldest.close('too-many-devices');
    }
    this.#news.ask();
  }

  /** Does nothing for one that was replaced. */
  remove(connection: Connection): void {
    if (this.#connections.get(connection.instanceId) !== connection) return;
    this.#connections.delete(connection.instanceId);
    this.#news.ask();
  }

  changed(what: 'place' | 'report'): void {
    (what === 'place' ? this.#news : this.#reports).ask();
  }

  /** As they were told last: who comes or catches up now is told of what has changed since with the others. */
  presence(): Buffer {
    this.#presence ??= this.#written();
    return this.#presence;
  }

  [Symbol.dispose](): void {
    this.#news.stop();
    this.#reports.stop();
  }

  #written(): Buffer {
    const devices = this.connections.slice(-MOST_LISTED).map(({ present }) => present);
    return Buffer.from(JSON.stringify({ type: 'presence', devices } satisfies ServerMessage));
  }

  #tell(): void {
    this.#presence = this.#written();
    for (const connection of this.#connections.values()) connection.tellPresence();
  }
}
