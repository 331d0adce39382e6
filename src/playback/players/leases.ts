import type { LiveSession } from '../session/index.ts';
import type { Player } from './player.ts';
import type { Told } from './report-steps.ts';

/** Tracks end late: what a player waits for, and pauses that nobody tells of. */
export const GRACE_MS = 3 * 60_000;
/** A player that is heard of every now and then is missed after three times as long, and never before this. */
const SOONEST_MISSED_MS = 60_000;
const MISSED_REPORTS = 3;
const MOST_LEASES = 1_000;

/** A player that is taken to be playing until it says otherwise, or is heard of no more. */
export interface Lease extends Disposable {
  readonly player: Player;
  /** The session in which it plays, held for as long. */
  readonly session: LiveSession;
  readonly told: Told;
  /** Whether it tells of pauses too, or just of what it begins. */
  readonly isReporting: boolean;
  /** How often it is heard of, where it tells the same without being asked. */
  readonly everyMs?: number;
  readonly untilMs: number;
}

export interface NewLease {
  readonly player: Player;
  readonly session: LiveSession;
  readonly told: Told;
  readonly isReporting: boolean;
  /** It told what was known already: a player that does so will do so again. */
  readonly isRepeated: boolean;
}

/** By account and player; the one that was renewed longest ago first. */
export class Leases implements Disposable {
  readonly #leases = new Map<string, Lease>();

  get({ userId, playerId }: Pick<Player, 'userId' | 'playerId'>): Lease | undefined {
    return this.#leases.get(`${userId}/${playerId}`);
  }

  /** The session is the lease's from here on. Returns the lease that had to go for it. */
  renew({ player, session, told, isReporting, isRepeated }: NewLease): Lease | undefined {
    const before = this.get(player);
    const everyMs = before && isRepeated ? told.atMs - before.told.atMs : before?.everyMs;
    const endMs = told.atMs + Math.max(0, told.track.durationMs - told.positionMs) / told.rate + GRACE_MS;
    const missedMs =
      everyMs === undefined ? endMs : told.atMs + Math.max(SOONEST_MISSED_MS, everyMs * MISSED_REPORTS);
    this.end(player);
    this.#leases.set(`${player.userId}/${player.playerId}`, {
      player,
      session,
      told,
      isReporting,
      ...(everyMs !== undefined && { everyMs }),
      untilMs: Math.min(endMs, missedMs),
      [Symbol.dispose]: () => session[Symbol.dispose](),
    });
    const [oldest] = this.#leases.values();
    return this.#leases.size > MOST_LEASES && oldest ? this.#take(oldest) : undefined;
  }

  /** Takes away those that nobody has heard of in time. */
  takeSilent(nowMs: number): readonly Lease[] {
    return [...this.#leases.values()]
      .filter(({ untilMs }) => untilMs <= nowMs)
      .map((lease) => this.#take(lease));
  }

  end(player: Player): void {
    const lease = this.get(player);
    if (lease) this.#take(lease)[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    for (const { player } of this.#leases.values()) this.end(player);
  }

  #take(lease: Lease): Lease {
    this.#leases.delete(`${lease.player.userId}/${lease.player.playerId}`);
    return lease;
  }
}
