import { ClefError } from '../../core/index.ts';
import {
  type Action,
  advanceTo,
  type Command,
  currentItem,
  type LiveSession,
  type Outcome,
  type PlaybackState,
  positionAt,
  type RefusalReason,
  type SessionHost,
} from '../session/index.ts';
import { isApart, isNewer, stateNow } from './apart.ts';
import type { Player } from './player.ts';
import { stepToQueue } from './queue-steps.ts';

/** Commands for one wish: the longest queue needs six, and others may come in between. */
const MOST_STEPS = 24;
/** How long a player waits for a log that takes nothing. */
const LONGEST_WAIT_MS = 10_000;

/** Somebody else was faster: what to do is decided again. */
const MEANWHILE: ReadonlySet<RefusalReason> = new Set([
  'queue-changed',
  'moved',
  'unknown-item',
  'unknown-output',
  'stale-output',
  'not-alone',
]);

/** The two sessions that a player may be in. */
export interface Pair extends Disposable {
  /** The account's. */
  readonly main: LiveSession;
  /** The player's own, for as long as others sound in the account's. */
  readonly own: LiveSession;
}

/** Brings sessions to where players say that they are. */
export class Commander {
  readonly #host: SessionHost;
  #lastNumber = 0;

  constructor(host: SessionHost) {
    this.#host = host;
  }

  get nowMs(): number {
    return this.#host.clock.nowMs();
  }

  now({ state }: LiveSession): PlaybackState {
    return stateNow(state, this.#host.clock);
  }

  async open({ userId, playerId }: Player): Promise<Pair> {
    const main = await this.#host.open({ userId, sessionId: 'main' });
    try {
      const own = await this.#host.open({ userId, sessionId: playerId });
      return {
        main,
        own,
        [Symbol.dispose]() {
          main[Symbol.dispose]();
          own[Symbol.dispose]();
        },
      };
    } catch (error) {
      main[Symbol.dispose]();
      throw error;
    }
  }

  /** Where what a player does belongs. One that comes back to the account's session brings along what it played last. */
  async target(pair: Pair, player: Player): Promise<LiveSession> {
    const [main, own] = [this.now(pair.main), this.now(pair.own)];
    if (isApart({ main, own }, player.playerId, this.nowMs)) return pair.own;
    if (own.queue.items.length === 0) return pair.main;
    const place = { currentIndex: own.queue.currentIndex, positionMs: positionAt(own.main, this.nowMs) };
    const wish = { items: own.queue.items, isPlaceExact: true, ...place };
    if (isNewer(own, main) && currentItem(own.queue))
      await this.follow(pair.main, player, (state) => stepToQueue(state, wish));
    const nothing = { items: [], currentIndex: 0, isPlaceExact: true, positionMs: 0 };
    await this.follow(pair.own, player, (state) => stepToQueue(state, nothing));
    return pair.main;
  }

  /** Does the next step, as long as there is one. */
  async follow(
    session: LiveSession,
    player: Player,
    step: (state: PlaybackState) => Action | undefined,
  ): Promise<void> {
    const { clock } = this.#host;
    for (let i = 0; i < MOST_STEPS; i++) {
      const { state } = session;
      const { clockId } = clock;
      const action = step(advanceTo(state, { seq: state.seq, clockId, atMs: clock.nowMs() }));
      if (!action) return;
      // Decided of this state: refused where somebody has changed the queue or moved the main deck since.
      const only = { queueVersion: state.queue.version, mainSeq: state.mainSeq };
      const outcome = await this.send(session, player, { action, only });
      if (outcome.kind === 'refused' && !MEANWHILE.has(outcome.reason))
        throw new ClefError('bad-request', `the session refuses ${action.type}: ${outcome.reason}`);
    }
  }

  async send(
    session: LiveSession,
    { playerId, name }: Player,
    command: Omit<Command, 'cmdId'>,
  ): Promise<Outcome> {
    const known = session.state.seen.find(({ instanceId }) => instanceId === playerId)?.lastNumber ?? 0;
    // A player has no count of its own. By the time, it goes on behind an earlier run of this server, or another one's.
    this.#lastNumber = Math.max(known, this.#lastNumber, Math.floor(this.nowMs) * 100) + 1;
    const cmdId = `${playerId}.${this.#lastNumber}`;
    const signal = AbortSignal.timeout(LONGEST_WAIT_MS);
    return (await session.send({ cmdId, ...command }, name, signal)).outcome;
  }
}
