import {
  advance,
  currentItem,
  isHeard,
  type Output,
  type PlaybackState,
  positionAt,
  type QueueItem as SessionItem,
  staying,
} from '../../playback/session/index.ts';
import type { Engine, EngineItem } from '../engine/port.ts';
import { newOutput, type OwnSound, ownOutput } from './own-output.ts';
import { type LatencyMemory, PaceFollower } from './pace-follower.ts';
import type { SessionClient } from './session-client.ts';

/** How often what is heard is compared with what the session says. */
const LOOK_EVERY_MS = 250;
/** A place that somebody asked for is reached where it is no further away: what came over the network is a little late. */
const NEAR_MS = 300;
/** An item that is over here a little earlier, or later, than in the session is no other item. */
const LATE_MS = 2_000;
/** Beyond this, for so long, an output that plays alone says where it is; sooner where what is heard is measured. */
const ASTRAY_MS = 50;
const ASTRAY_MEASURED_MS = 15;
const ASTRAY_DOUBTS = 3;
const ASTRAY_FOR_MS = 2_000;
/** Nearer than this it need not be told before others join. */
const EXACT_MS = 0.5;
/** A place is told as of a moment that has passed for the log too, whatever is not known about its clock. */
const SURELY_PAST_MS = 20;

export interface EngineFollowerOptions {
  readonly client: SessionClient;
  readonly engine: Engine;
  readonly toEngineItem: (item: SessionItem) => EngineItem;
  readonly sound: () => OwnSound;
  /** Items that sounded before there was a session, by their ids in it. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly latency: LatencyMemory;
}

/**
 * Lets the engine do what the session says, while this page is one of its outputs. One that plays alone is never
 * corrected: it does what is asked for, plays on by itself, and where that is long somewhere else, the session follows.
 * Where several sound together, all keep to the session's pace.
 */
export class EngineFollower implements Disposable {
  readonly #options: EngineFollowerOptions;
  readonly #sessionIds: ReadonlyMap<string, string>;
  readonly #stopListening: () => void;
  readonly #looking: ReturnType<typeof setInterval>;
  readonly #pace: PaceFollower;
  #items: readonly SessionItem[] | undefined;
  #mainSeq = -1;
  /** What the engine was told last, or did of itself. */
  #plays = false;
  #isHeard = false;
  /** The engine came to the end of the queue before the session did. */
  #hasEnded = false;
  #isSyncing = false;
  #astraySinceMs: number | undefined;
  #skipped = '';

  constructor(options: EngineFollowerOptions) {
    this.#options = options;
    this.#sessionIds = new Map([...options.aliases].map(([itemId, alias]) => [alias, itemId]));
    const { client, engine, aliases, latency } = options;
    this.#pace = new PaceFollower({ client, engine, latency, engineIdOf: (id) => aliases.get(id) ?? id });
    this.#plays = isOn(engine);
    this.#isHeard = this.#plays;
    this.#stopListening = options.engine.subscribe(() => this.#hearEngine());
    this.#looking = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.sync();
  }

  /** Whether this page is heard now, or would be if it played. */
  get isHeard(): boolean {
    return this.#isHeard;
  }

  /** The id in the session of what the engine plays. */
  get currentId(): string | undefined {
    const { items, currentIndex } = this.#options.engine.state;
    const id = items[currentIndex]?.itemId;
    return id === undefined ? undefined : (this.#sessionIds.get(id) ?? id);
  }

  [Symbol.dispose](): void {
    this.#stopListening();
    clearInterval(this.#looking);
  }

  /** The gains of tracks have become known: the engine is told of its items anew. */
  refresh(): void {
    if (!this.#items || !this.#isHeard) return;
    this.#quietly(() => this.#options.engine.editQueue(this.#engineItems(this.#items ?? [])));
  }

  /** To be called after each change of the session. */
  sync(): void {
    if (this.#isSyncing) return;
    this.#quietly(() => this.#sync());
  }

  #quietly(change: () => void): void {
    this.#isSyncing = true;
    try {
      change();
    } finally {
      this.#isSyncing = false;
    }
  }

  #sync(): void {
    const { client, engine } = this.#options;
    const nowMs = client.logNowMs();
    const own = ownOutput(client.state, client.instanceId);
    if (!own && this.#isHeard && this.#plays && client.isLost) {
      this.#resume(nowMs);
      return;
    }
    if (this.#pace.isWanted(own)) {
      this.#isHeard = isHeard(own, nowMs);
      this.#keepPace(own);
      return;
    }
    const wasHeard = this.#isHeard;
    this.#isHeard = own !== undefined && isHeard(own, nowMs);
    if (own && this.#isHeard) this.#pace.measure(own);
    else this.#pace.leave();
    if (!this.#isHeard) {
      this.#items = undefined;
      if (isOn(engine)) this.#play(false);
      return;
    }
    const state = client.view();
    this.#follow(state, nowMs, !wasHeard);
  }

  #keepPace(own: Output): void {
    const { client, engine } = this.#options;
    // Others follow what is heard here, and not the other way round.
    if (!this.#pace.isKeeping && this.#pace.errorMs(EXACT_MS) !== undefined) this.#anchor(own);
    const { queue, main, mainSeq } = client.view();
    const { items, currentIndex } = queue;
    if (this.#items !== items) {
      const engineItems = this.#engineItems(items);
      const isThere = items.some(({ itemId }) => itemId === this.currentId);
      const positionMs = positionAt(main, client.logNowMs());
      if (isThere) engine.editQueue(engineItems);
      else engine.setQueue(engineItems, { currentIndex, positionMs, play: isOn(engine) });
    }
    this.#items = items;
    // What is asked for from here on is asked of the pace; whoever is alone again goes on from there.
    this.#mainSeq = mainSeq;
    this.#plays = main.playing;
    this.#pace.keep(own);
  }

  #follow(state: PlaybackState, nowMs: number, isNew: boolean): void {
    const { client, engine } = this.#options;
    const { items, currentIndex } = state.queue;
    const current = currentItem(state.queue);
    const positionMs = positionAt(state.main, nowMs);
    const plays = state.main.playing && state.main.atMs <= nowMs;
    const isAsked = isNew || (state.mainSeq !== this.#mainSeq && !client.isOwnMove);
    this.#mainSeq = state.mainSeq;
    const hasItems = this.#items === items;
    this.#items = items;
    if (isAsked || !plays) this.#hasEnded = false;
    const isThere = current?.itemId === this.currentId;
    const isNear = isThere || (!isAsked && this.#isAtBorder(state, positionMs));
    const restart = () => {
      this.#plays = plays;
      engine.setQueue(this.#engineItems(items), { currentIndex, positionMs, play: plays });
    };
    if (!current) {
      if (!hasItems) restart();
      return;
    }
    if (!isNear) {
      const isBegin = hasItems && positionMs < NEAR_MS;
      if (!isBegin) return restart();
      engine.jumpTo(currentIndex);
    } else if (!hasItems) engine.editQueue(this.#engineItems(items));
    if (isThere && isAsked) {
      const offMs = Math.abs(engine.positionMs() - positionMs);
      // Where it stands still, every place is reached exactly; a pause is where it was heard.
      if (offMs > (plays || this.#plays ? NEAR_MS : 1)) engine.seek(positionMs);
    }
    // It has ended a little before it does in the session, or the other way round.
    const isOver = client.state.main.playing && !state.main.playing && state.sleep === client.state.sleep;
    if (plays !== this.#plays && !isOver && !this.#hasEnded) this.#play(plays);
    else if (plays && isAsked && !isOn(engine)) this.#play(true);
  }

  #play(plays: boolean): void {
    this.#plays = plays;
    if (plays) this.#options.engine.play();
    else this.#options.engine.pause();
  }

  /** Between two items that follow each other, the one of the engine and the one of the session. */
  #isAtBorder(state: PlaybackState, positionMs: number): boolean {
    const { engine } = this.#options;
    const { items, currentIndex } = state.queue;
    const at = items.findIndex(({ itemId }) => itemId === this.currentId);
    const here = items[at];
    const there = items[currentIndex];
    if (!here || !there) return false;
    const leftHereMs = here.durationMs - engine.positionMs();
    const leftThereMs = there.durationMs - positionMs;
    const isBehind = leftHereMs + positionMs < LATE_MS;
    const isAhead = leftThereMs + engine.positionMs() < LATE_MS;
    return isBehind || isAhead;
  }

  #engineItems(items: readonly SessionItem[]): readonly EngineItem[] {
    const { aliases, toEngineItem } = this.#options;
    return items.map((item) => {
      const made = toEngineItem(item);
      const alias = aliases.get(item.itemId);
      return alias === undefined ? made : { ...made, itemId: alias };
    });
  }

  /** It was taken for lost while nobody could say otherwise, and has played on. */
  #resume(nowMs: number): void {
    const { client, sound } = this.#options;
    const place = this.#place(nowMs);
    client.send({ type: 'output.add', output: newOutput(client, sound()), ...(place && { resume: place }) });
    this.#mainSeq = client.state.mainSeq;
  }

  #place(nowMs: number) {
    const { client, engine } = this.#options;
    const itemId = this.currentId;
    const { items } = client.state.queue;
    if (itemId === undefined || !items.some((item) => item.itemId === itemId)) return undefined;
    const atMs = nowMs - SURELY_PAST_MS - client.uncertaintyMs();
    const measuredMs = this.#pace.errorMs();
    const { queue, main } = advance(client.state, atMs);
    if (measuredMs !== undefined && main.playing && currentItem(queue)?.itemId === itemId)
      return { itemId, positionMs: Math.max(0, positionAt(main, atMs) + measuredMs), atMs };
    return { itemId, positionMs: Math.max(0, engine.positionMs() - (nowMs - atMs) * main.rate), atMs };
  }

  /** The engine did something of itself. */
  #hearEngine(): void {
    if (this.#isSyncing || !this.#isHeard || this.#pace.isKeeping) return;
    const { client, engine } = this.#options;
    const { fault } = engine.state;
    const state = client.view();
    const current = currentItem(state.queue);
    if (!current) return;
    if (fault && !fault.retrying && fault.trackId === current.trackId && this.#skipped !== current.itemId) {
      const hasGoneOn = this.currentId !== current.itemId;
      if (hasGoneOn) {
        this.#skipped = current.itemId;
        this.#quietly(() => client.send({ type: 'next' }, { item: current.itemId }));
        this.#mainSeq = client.state.mainSeq;
        return;
      }
    }
    if (this.#plays && engine.state.status === 'paused') {
      this.#plays = false;
      // At the end of the queue the session stops by itself.
      const leftMs = current.durationMs - positionAt(state.main, client.logNowMs());
      const isAtEnd = !state.main.playing || (!fault && leftMs < LATE_MS);
      this.#hasEnded = isAtEnd;
      if (!isAtEnd) this.#quietly(() => client.send({ type: 'pause' }, { item: current.itemId }));
    }
  }

  #look(): void {
    const { client } = this.#options;
    const own = ownOutput(client.state, client.instanceId);
    if (!own && !this.#isHeard) return;
    this.sync();
    if (!own || !this.#isHeard || this.#pace.isKeeping) return;
    if (staying(client.state.outputs).length > 1) this.#stayTogether();
    else this.#tellWhereItIs(own);
  }

  /** Where several are heard together, and the engine can keep no pace. */
  #stayTogether(): void {
    const { client, engine } = this.#options;
    const state = client.view();
    const nowMs = client.logNowMs();
    const isAway =
      state.main.playing &&
      engine.state.status === 'playing' &&
      (this.currentId !== currentItem(state.queue)?.itemId ||
        Math.abs(engine.positionMs() - positionAt(state.main, nowMs)) > NEAR_MS);
    if (!isAway) this.#astraySinceMs = undefined;
    else if (nowMs - (this.#astraySinceMs ??= nowMs) > ASTRAY_FOR_MS) {
      this.#astraySinceMs = undefined;
      this.#quietly(() => this.#follow(state, nowMs, true));
    }
  }

  /** Makes the session stand where this page is heard: what is asked for next is meant of that. */
  settle(): void {
    const own = ownOutput(this.#options.client.state, this.#options.client.instanceId);
    if (own && this.#isHeard && this.#isAstray()) this.#anchor(own);
  }

  /** True where this page plays alone, and is heard somewhere else than the session is. */
  #isAstray(): boolean {
    const { client, engine } = this.#options;
    const state = client.view();
    if (!state.main.playing || engine.state.status !== 'playing') return false;
    if (staying(state.outputs).length > 1) return false;
    if (this.currentId !== currentItem(state.queue)?.itemId) return true;
    if (this.#pace.isMeasured) return this.#pace.errorMs(ASTRAY_MEASURED_MS, ASTRAY_DOUBTS) !== undefined;
    return Math.abs(engine.positionMs() - positionAt(state.main, client.logNowMs())) > ASTRAY_MS;
  }

  #tellWhereItIs(own: Output): void {
    const { client } = this.#options;
    const nowMs = client.logNowMs();
    const isSure = client.isOnline && client.clock.isKnown && client.waitingCount === 0;
    if (!isSure || !this.#isAstray()) {
      this.#astraySinceMs = undefined;
      return;
    }
    this.#astraySinceMs ??= nowMs;
    if (nowMs - this.#astraySinceMs < ASTRAY_FOR_MS) return;
    this.#astraySinceMs = undefined;
    this.#anchor(own);
  }

  #anchor(own: Output): void {
    const { client } = this.#options;
    const place = this.#place(client.logNowMs());
    if (!place) return;
    this.#quietly(() => client.send({ type: 'anchor', epoch: own.epoch, place }));
    this.#mainSeq = client.state.mainSeq;
  }
}

function isOn({ state }: Engine): boolean {
  return state.status === 'playing' || state.status === 'waiting';
}
