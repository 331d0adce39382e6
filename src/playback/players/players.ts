import { ClefError } from '../../core/index.ts';
import {
  bounds,
  currentItem,
  type LiveSession,
  type NewItem,
  type NewOutput,
  type PlaybackState,
  positionAt,
  type SessionHost,
  staying,
} from '../session/index.ts';
import { isApart, isNewer, othersSound, stateNow } from './apart.ts';
import { Commander } from './commander.ts';
import type { PlaybackReport, Player, PlayingOutput, QueueToSave, SavedQueue } from './player.ts';
import { isNear, stepToQueue } from './queue-steps.ts';
import { itemOf, stepToPlaying, stepToStill, type Told } from './report-steps.ts';
import { Silence } from './silence.ts';

/** A queue that is saved so soon after a track was begun is saved because of that; a later one, because of a pause. */
const BEGINNING_MS = 10_000;

export interface PlayersOptions {
  readonly host: SessionHost;
  /** Lengths by the wire ids of tracks; those that are no more are left out. */
  readonly durationsOf: (trackIds: readonly string[], userId: string) => Promise<ReadonlyMap<string, number>>;
  readonly timeOfDayMs: () => number;
  /** The log could not be told that a player has fallen silent. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Players that take part in sessions by telling, now and then, what they do. Nothing can be asked of them: while one
 * plays, what it tells is where its session is, and it is lost when it tells nothing more. ADR 20.
 */
export class Players implements Disposable {
  readonly #options: PlayersOptions;
  readonly #commander: Commander;
  readonly #silence: Silence;
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: PlayersOptions) {
    this.#options = options;
    this.#commander = new Commander(options.host);
    this.#silence = new Silence({ ...options, commander: this.#commander });
  }

  /** The queue with which a player goes on. */
  async queue(player: Player): Promise<SavedQueue> {
    await this.#silence.end();
    using pair = await this.#commander.open(player);
    const [main, own] = [this.#commander.now(pair.main), this.#commander.now(pair.own)];
    const mayHaveOwn = isApart({ main, own }, player.playerId, this.#commander.nowMs) || isNewer(own, main);
    return this.#saved(own.queue.items.length > 0 && mayHaveOwn ? own : main);
  }

  /** Changes nothing but the place where the queue is as it was. */
  async saveQueue(player: Player, save: QueueToSave): Promise<void> {
    const { length } = save.trackIds;
    if (length > bounds.MOST_ITEMS)
      throw new ClefError('bad-request', `a queue holds up to ${bounds.MOST_ITEMS} tracks, got ${length}`);
    await this.#inTurn(player, async () => {
      using pair = await this.#commander.open(player);
      const target = await this.#commander.target(pair, player);
      const positionMs = Math.min(save.positionMs, bounds.LONGEST_ITEM_MS);
      const wish = await this.#wishOf(target.state, { ...save, positionMs }, player);
      const isTaken = (state: PlaybackState) => othersSound(state, player.playerId);
      const step = (state: PlaybackState) => (isTaken(state) ? undefined : stepToQueue(state, wish));
      await this.#commander.follow(target, player, step);
      // Somebody else began meanwhile.
      if (target === pair.main && isTaken(this.#commander.now(target)))
        await this.#commander.follow(pair.own, player, step);
      // Who tells of beginnings alone has no other word for a pause.
      const lease = this.#silence.leaseOf(player);
      const track = wish.items[wish.currentIndex];
      if (lease && !lease.isReporting && this.#commander.nowMs - lease.told.atMs > BEGINNING_MS)
        await this.#stops(target, player, track && { track, positionMs: wish.positionMs });
    });
  }

  async report(player: Player, { trackId, durationMs, state, ...rest }: PlaybackReport): Promise<void> {
    const told = { track: { trackId, durationMs }, ...rest, atMs: this.#commander.nowMs };
    await this.#inTurn(player, async () => {
      using pair = await this.#commander.open(player);
      const target = await this.#commander.target(pair, player);
      if (state === 'playing') {
        await this.#plays(target, player, told, true);
      } else if (state === 'starting') {
        const still = { outputId: player.playerId, stays: true };
        await this.#commander.follow(target, player, (now) => stepToStill(now, still, told));
        if (this.#silence.leaseOf(player))
          await this.#silence.expect(player, target.key, { told, isReporting: true });
      } else {
        const isKnown = itemOf(target.state.queue, trackId) !== undefined;
        await this.#stops(target, player, state === 'paused' || isKnown ? told : undefined);
        // Now that it is silent, it may be time to come back.
        if (target === pair.own) await this.#commander.target(pair, player);
      }
    });
  }

  /** Of a player that tells no more than what it begins. */
  async begins(player: Player, track: NewItem): Promise<void> {
    const { nowMs } = this.#commander;
    await this.#inTurn(player, async () => {
      if (this.#silence.leaseOf(player)?.isReporting) return;
      using pair = await this.#commander.open(player);
      const target = await this.#commander.target(pair, player);
      const { queue, main } = this.#commander.now(target);
      // What stands, or goes on, in this track does so where it is.
      const isThis = currentItem(queue)?.trackId === track.trackId;
      const positionMs = isThis ? positionAt(main, nowMs) : 0;
      await this.#plays(target, player, { track, positionMs, rate: main.rate, atMs: nowMs }, false);
    });
  }

  /** Outputs that sound, of everybody, but for the players: what this server knows to be heard. */
  playing(): readonly PlayingOutput[] {
    const { host } = this.#options;
    const { nowMs } = this.#commander;
    return host.held().flatMap(({ key: { userId }, state }) => {
      const { queue, main, outputs } = stateNow(state, host.clock);
      const trackId = currentItem(queue)?.trackId;
      if (!main.playing || trackId === undefined) return [];
      const place = { userId, trackId, positionMs: positionAt(main, nowMs), rate: main.rate };
      return staying(outputs)
        .filter(({ kind, fromMs }) => kind !== 'subsonic' && fromMs <= nowMs)
        .map(({ outputId, name }) => ({ ...place, outputId, name }));
    });
  }

  [Symbol.dispose](): void {
    this.#silence[Symbol.dispose]();
  }

  async #plays(target: LiveSession, player: Player, told: Told, isReporting: boolean): Promise<void> {
    const before = this.#commander.now(target);
    const item = currentItem(before.queue);
    const isRepeated =
      before.main.playing &&
      item?.trackId === told.track.trackId &&
      isNear(before, item.itemId, told.positionMs);
    const output = outputOf(player);
    await this.#commander.follow(target, player, (state) => stepToPlaying(state, output, told));
    await this.#silence.expect(player, target.key, { told, isReporting, isRepeated });
  }

  async #stops(
    target: LiveSession,
    player: Player,
    told?: Pick<Told, 'track' | 'positionMs'>,
  ): Promise<void> {
    const still = { outputId: player.playerId, stays: false };
    await this.#commander.follow(target, player, (state) => stepToStill(state, still, told));
    this.#silence.forget(player);
  }

  /** One after the other, as they came. */
  async #inTurn(player: Player, act: () => Promise<void>): Promise<void> {
    const name = `${player.userId}/${player.playerId}`;
    const before = this.#turns.get(name) ?? this.#silence.end();
    const turn = before.then(act, act);
    this.#turns.set(name, turn);
    try {
      await turn;
    } finally {
      if (this.#turns.get(name) === turn) this.#turns.delete(name);
    }
  }

  /** Without the tracks that are no more. */
  async #wishOf({ queue }: PlaybackState, { trackIds, ...place }: QueueToSave, { userId }: Player) {
    const isSame =
      trackIds.length === queue.items.length &&
      trackIds.every((trackId, i) => trackId === queue.items[i]?.trackId);
    if (isSame) return { ...place, items: queue.items };
    const durations = await this.#options.durationsOf([...new Set(trackIds)], userId);
    const items = trackIds.flatMap((trackId): NewItem[] => {
      const durationMs = durations.get(trackId);
      return durationMs === undefined ? [] : [{ trackId, durationMs }];
    });
    const before = trackIds.slice(0, place.currentIndex).filter((trackId) => durations.has(trackId)).length;
    return {
      items,
      isPlaceExact: place.isPlaceExact,
      currentIndex: Math.max(0, Math.min(before, items.length - 1)),
      // Of a track that is gone, the place means nothing.
      positionMs: durations.has(trackIds[place.currentIndex] ?? '') ? place.positionMs : 0,
    };
  }

  #saved({ queue, main, changed }: PlaybackState): SavedQueue {
    const nowMs = this.#options.timeOfDayMs();
    return {
      trackIds: queue.items.map(({ trackId }) => trackId),
      currentIndex: queue.currentIndex,
      positionMs: Math.round(positionAt(main, this.#commander.nowMs)),
      changedAtMs: main.playing ? nowMs : changed && Math.min(Math.round(changed.atMs), nowMs),
      changedBy: changed?.by ?? '',
    };
  }
}

/** It plays as it likes: nothing here sets its loudness, or makes it wait. */
function outputOf({ playerId, name }: Player): NewOutput {
  const plain = { volume: 1, muted: false, delayMs: 0, leadMs: 0 };
  return { outputId: playerId, name, kind: 'subsonic', ...plain };
}
