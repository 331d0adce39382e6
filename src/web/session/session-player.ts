import type { Track } from '../../api/index.ts';
import {
  type Action,
  bounds,
  currentItem,
  type NewItem,
  type NewOutput,
  type OutputReport,
  positionAt,
} from '../../playback/session/index.ts';
import { joinMediaSession } from '../engine/media-session.ts';
import type { Engine, EngineSettings } from '../engine/port.ts';
import type { LeftMusic, Player, PlayerState } from '../player/player.ts';
import { MAX_QUEUE } from '../player/queue.ts';
import { EngineFollower } from './engine-follower.ts';
import type { KnownTracks } from './known-tracks.ts';
import { beHeard, newOutput, type OwnSound, othersThere, ownOutput } from './own-output.ts';
import type { SessionClient } from './session-client.ts';
import type { LatencyMemory } from './pace-follower.ts';
import { ShownQueue } from './shown-queue.ts';

/** A slider that is dragged tells where it comes to rest, not each place on its way. */
const SETTLE_MS = 250;
/** Nobody tells that a song is over. */
const TICK_MS = 250;
/** Of a long queue, so many tracks around the current one are asked for first. */
const NEAR_ITEMS = 500;

export interface SessionPlayerOptions {
  readonly client: SessionClient;
  readonly tracks: KnownTracks;
  readonly connect: () => Promise<Engine>;
  readonly settings: EngineSettings;
  readonly random: () => number;
  /** What was begun before there was a session, and goes on in it. */
  readonly left: LeftMusic;
  /** What a listener added to this device by hand, and what it is then. */
  readonly delayMs: number;
  readonly onDelay: (delayMs: number) => void;
  readonly latency: LatencyMemory;
  readonly onLeave: () => void;
}

/** The player of a page that is a device of a playback session. */
export interface SessionPlayer extends Player, Disposable {
  /** Tracks have become known. */
  refresh(): void;
  /** Before the page goes: what is heard here ends with it. */
  depart(): void;
  /** This page, as it would be heard. */
  asOutput(): NewOutput;
  /** What this page hears of itself, where it is heard. */
  report(): OutputReport | undefined;
}

type Settings = Partial<EngineSettings>;

export function createSessionPlayer(options: SessionPlayerOptions): SessionPlayer {
  const { client, tracks, connect, random, left, onDelay, onLeave } = options;
  const listeners = new Set<() => void>();
  const shownQueue = new ShownQueue(tracks);
  const aliases = new Map<string, string>();
  let own = options.settings;
  let { delayMs } = options;
  /** What is on its way from a slider. */
  let moving: Settings = {};
  let settling: ReturnType<typeof setTimeout> | undefined;
  let engine: Engine | undefined;
  let connecting: Promise<Engine> | undefined;
  let hasFailed = false;
  let follower: EngineFollower | undefined;
  let leaveMediaSession: (() => void) | undefined;
  let isOver = false;
  let wasTold = false;
  let names: readonly string[] = [];

  const sound = (): OwnSound => ({ volume: own.volume, muted: own.muted, delayMs });
  const hear = () => beHeard(client, sound());
  const currentId = () => currentItem(client.view().queue)?.itemId;
  const onlyCurrent = () => {
    const item = currentId();
    return item === undefined ? undefined : { item };
  };

  /** The output that the page's own slider is for. */
  function target() {
    const mine = ownOutput(client.state, client.instanceId);
    const others = othersThere(client);
    return mine ?? (others.length === 1 ? others[0] : undefined);
  }

  function settingsNow(): EngineSettings {
    const { main, crossfadeMs } = client.state;
    const { volume, muted } = target() ?? own;
    return { ...own, volume, muted, rate: main.rate, crossfadeMs, ...moving };
  }

  let state = look();

  function look(): PlayerState {
    const session = client.view();
    const isHere = follower?.isHeard ?? false;
    const output = ownOutput(session, client.instanceId);
    const mine = output !== undefined && client.logNowMs() < (output.untilMs ?? Number.POSITIVE_INFINITY);
    const { items } = session.queue;
    const engineId = isHere ? follower?.currentId : undefined;
    const engineIndex = engineId === undefined ? -1 : items.findIndex(({ itemId }) => itemId === engineId);
    const queue = shownQueue.of(session.queue, engineIndex >= 0 ? engineIndex : session.queue.currentIndex);
    const current = queue.items[queue.currentIndex];
    const told = isHere && engine ? engine.state : undefined;
    const elsewhere = othersThere(client);
    const standing = current ? 'paused' : 'idle';
    const moving = mine ? 'waiting' : 'playing';
    // What played on a device that is away is silent, as far as anyone knows here.
    const silent = session.main.playing && (mine || elsewhere.length > 0) ? moving : standing;
    return {
      queue,
      current,
      status: told && current ? (told.status === 'idle' ? 'paused' : told.status) : silent,
      durationMs: told?.durationMs || (items[queue.currentIndex]?.durationMs ?? 0),
      repeat: session.queue.repeat,
      settings: settingsNow(),
      fault: told?.fault,
      engine: engine ? 'ready' : hasFailed ? 'failed' : 'absent',
      isHeardHere: mine || elsewhere.length === 0,
      heardOn: namesOf(elsewhere.map(({ name }) => name)),
    };
  }

  function namesOf(found: readonly string[]): readonly string[] {
    if (found.length !== names.length || found.some((name, at) => name !== names[at])) names = found;
    return names;
  }

  /** True where something has changed. */
  function renew(): boolean {
    const next = look();
    const keys = Object.keys(next) as (keyof PlayerState)[];
    const settings = alike(next.settings, state.settings) ? state.settings : next.settings;
    const isSame =
      settings === state.settings && keys.every((key) => key === 'settings' || next[key] === state[key]);
    if (!isSame) state = { ...next, settings };
    return !isSame;
  }

  function tell(): void {
    if (isOver) return;
    renew();
    // A seek changes nothing but the place.
    for (const listener of listeners) listener();
  }

  /** What follows from the time that has passed: another song, the end of the queue. */
  function tick(): void {
    if (renew()) for (const listener of listeners) listener();
  }

  /** This page was an output before it was loaded anew, and could not say that it went. */
  function leaveEarlierStay(): void {
    if (ownOutput(client.state, client.instanceId) && !client.hasWaiting('output.add', 'handover'))
      client.send({ type: 'output.remove', outputId: client.instanceId });
  }

  function onChange(): void {
    if (client.isTold && !wasTold) {
      wasTold = true;
      leaveEarlierStay();
    }
    wantTracks();
    const mine = ownOutput(client.state, client.instanceId);
    const isStill = moving.volume === undefined && moving.muted === undefined;
    if (mine && isStill && (mine.volume !== own.volume || mine.muted !== own.muted))
      own = { ...own, volume: mine.volume, muted: mine.muted };
    if (mine && mine.delayMs !== delayMs) {
      ({ delayMs } = mine);
      onDelay(delayMs);
    }
    applySettings();
    follower?.sync();
    if (mine && client.view().main.playing) void load().catch(() => undefined);
    tell();
  }

  function applySettings(): void {
    if (!engine) return;
    const { volume, muted } = { ...own, ...moving };
    const wanted = { ...settingsNow(), volume, muted };
    const changed = Object.entries(wanted).filter(
      ([key, value]) => engine?.state.settings[key as keyof EngineSettings] !== value,
    );
    if (changed.length > 0) engine.change(Object.fromEntries(changed));
    const { repeat } = client.state.queue;
    if (engine.state.repeat !== repeat) engine.setRepeat(repeat);
  }

  function wantTracks(): void {
    const { items, currentIndex } = client.state.queue;
    const from = Math.max(0, currentIndex - NEAR_ITEMS / 2);
    const near = items.slice(from, from + NEAR_ITEMS);
    tracks.want([...near, ...items].map(({ trackId }) => trackId));
  }

  function load(): Promise<Engine> {
    connecting ??= connect().then(
      (connected) => {
        if (isOver) return connected;
        engine = connected;
        hasFailed = false;
        applySettings();
        follower = new EngineFollower({
          client,
          engine,
          sound,
          aliases,
          latency: options.latency,
          toEngineItem: ({ itemId, trackId, durationMs }) => ({
            itemId,
            trackId,
            durationMs,
            ...tracks.of(trackId, durationMs).replayGain,
          }),
        });
        engine.subscribe(tell);
        // Keys are for the session, and not for the engine, which would go its own way.
        leaveMediaSession = joinMediaSession({
          ...player,
          get state() {
            return follower?.isHeard ? state : { ...state, status: 'paused' as const };
          },
        });
        tell();
        return connected;
      },
      (error: unknown) => {
        connecting = undefined;
        hasFailed = true;
        if (ownOutput(client.state, client.instanceId)) client.send({ type: 'pause' });
        tell();
        throw error;
      },
    );
    return connecting;
  }

  /** For what is to be heard, wherever that is. */
  function start(action: Action): void {
    hear();
    client.send(action);
  }

  /** One command with the part that plays, and others for what is behind and before it. */
  function replace(
    given: readonly Track[],
    startIndex: number,
    { shuffled, positionMs, play }: { shuffled: boolean; positionMs: number; play: boolean },
  ): void {
    const from = Math.max(0, Math.min(startIndex, given.length - MAX_QUEUE));
    const wanted = given.slice(from, from + MAX_QUEUE);
    tracks.add(wanted);
    const all = parts(newItems(wanted));
    const at = Math.floor((startIndex - from) / bounds.MOST_ITEMS_A_COMMAND);
    const isWhole = all.length === 1;
    client.send({
      type: 'queue.replace',
      items: all[at] ?? [],
      startIndex: startIndex - from - at * bounds.MOST_ITEMS_A_COMMAND,
      positionMs,
      play,
      ...(shuffled && isWhole && { shuffleSeed: seedFrom(random) }),
    });
    const [first] = client.state.queue.items;
    for (const items of all.slice(at + 1)) client.send({ type: 'queue.insert', items, after: 'end' });
    for (const items of all.slice(0, at)) {
      client.send({ type: 'queue.insert', items, after: 'end' });
      const itemIds = client.state.queue.items.slice(-items.length).map(({ itemId }) => itemId);
      if (first) client.send({ type: 'queue.move', itemIds, before: first.itemId });
    }
    if (shuffled && !isWhole) client.send({ type: 'queue.shuffle', seed: seedFrom(random) });
  }

  function changeSoon(changes: Settings): void {
    moving = { ...moving, ...changes };
    clearTimeout(settling);
    settling = setTimeout(settle, SETTLE_MS);
  }

  /** Tells the session where sliders came to rest. */
  function settle(): void {
    const { volume, muted, rate, crossfadeMs } = moving;
    moving = {};
    const output = target();
    const isMine = !output || output.outputId === client.instanceId;
    if (isMine)
      own = { ...own, ...(volume !== undefined && { volume }), ...(muted !== undefined && { muted }) };
    if (output && (volume !== undefined || muted !== undefined))
      client.send({
        type: 'output.change',
        outputId: output.outputId,
        ...(volume !== undefined && { volume }),
        ...(muted !== undefined && { muted }),
      });
    if (rate !== undefined) client.send({ type: 'rate', rate });
    if (crossfadeMs !== undefined) client.send({ type: 'crossfade', durationMs: crossfadeMs });
    onChange();
  }

  const player: SessionPlayer = {
    get state() {
      return state;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    positionMs() {
      if (engine && follower?.isHeard) return engine.positionMs();
      const session = client.view();
      const { durationMs = 0 } = currentItem(session.queue) ?? {};
      return Math.min(durationMs, positionAt(session.main, client.logNowMs()));
    },
    bufferedMs: () => (follower?.isHeard ? (engine?.bufferedMs() ?? 0) : 0),
    async warm() {
      const loaded = await load();
      await loaded.warm();
      return loaded;
    },
    playTracks(all, startIndex = 0, { shuffled = state.queue.unshuffled !== undefined } = {}) {
      if (all.length === 0) return;
      hear();
      replace(all, startIndex, { shuffled, positionMs: 0, play: true });
    },
    playNext(all) {
      tracks.add(all);
      // The last part first, since each goes directly behind the current item.
      for (const items of parts(newItems(all)).toReversed())
        client.send({ type: 'queue.insert', items, after: 'current' });
    },
    addToQueue(all) {
      tracks.add(all);
      for (const items of parts(newItems(all))) client.send({ type: 'queue.insert', items, after: 'end' });
    },
    removeItems(itemIds) {
      for (const some of parts([...itemIds])) client.send({ type: 'queue.remove', itemIds: some });
    },
    moveItems(itemIds, before) {
      // In the order that they have.
      const ids = client.state.queue.items.flatMap(({ itemId }) => (itemIds.has(itemId) ? [itemId] : []));
      for (const some of parts(ids))
        client.send({ type: 'queue.move', itemIds: some, ...(before !== undefined && { before }) });
    },
    clear: () => {
      client.send({ type: 'queue.replace', items: [], startIndex: 0, positionMs: 0, play: false });
    },
    toggle() {
      if (state.status === 'playing' || state.status === 'waiting') player.pause();
      else player.play();
    },
    play() {
      if (!state.current) return;
      start({ type: 'play' });
    },
    pause: () => {
      follower?.settle();
      client.send({ type: 'pause' });
    },
    seek: (positionMs) => {
      const mostMs = currentItem(client.view().queue)?.durationMs ?? 0;
      client.send({ type: 'seek', positionMs: Math.max(0, Math.min(positionMs, mostMs)) }, onlyCurrent());
    },
    next: () => {
      follower?.settle();
      client.send({ type: 'next' }, onlyCurrent());
    },
    previous: () => {
      follower?.settle();
      client.send({ type: 'previous' }, onlyCurrent());
    },
    jumpTo(index) {
      const item = state.queue.items[index];
      if (item) start({ type: 'jump', itemId: item.itemId });
    },
    setShuffled(shuffled) {
      if (shuffled === (state.queue.unshuffled !== undefined)) return;
      client.send(shuffled ? { type: 'queue.shuffle', seed: seedFrom(random) } : { type: 'queue.unshuffle' });
    },
    setRepeat: (mode) => {
      client.send({ type: 'queue.repeat', mode });
    },
    change(changes) {
      const { volume, muted, rate, crossfadeMs, ...local } = changes;
      own = { ...own, ...local };
      const shared = { volume, muted, rate, crossfadeMs };
      const given = Object.fromEntries(Object.entries(shared).filter(([, value]) => value !== undefined));
      if (Object.keys(given).length > 0) changeSoon(given);
      applySettings();
      tell();
    },
    leave() {
      player.depart();
      onLeave();
      // Whoever listens next has keys of their own, and so an engine.
      void engine?.[Symbol.asyncDispose]();
    },
    refresh() {
      shownQueue.refresh();
      follower?.refresh();
      tell();
    },
    depart() {
      if (settling !== undefined) settle();
      const { items, currentIndex } = client.state.queue;
      const from = Math.max(0, currentIndex - 5);
      tracks.keep(items.slice(from).map(({ trackId }) => trackId));
      const mine = ownOutput(client.state, client.instanceId);
      if (mine) {
        follower?.settle();
        client.send({ type: 'output.remove', outputId: client.instanceId });
      }
      client.keepNow();
    },
    asOutput: () => newOutput(client, sound()),
    report() {
      if (!engine || !follower?.isHeard || !client.clock.isKnown) return undefined;
      const nowMs = performance.now();
      const error = engine.paceError?.();
      return {
        // The engine says how far it is ahead.
        ...(error && { errorMs: -error.errorMs }),
        offsetMs: client.clock.offsetMs(nowMs),
        uncertaintyMs: client.clock.uncertaintyMs(nowMs),
        bufferedMs: engine.bufferedMs(),
        underruns: engine.state.underruns,
      };
    },
    [Symbol.dispose]() {
      isOver = true;
      clearTimeout(settling);
      clearInterval(ticking);
      follower?.[Symbol.dispose]();
      leaveMediaSession?.();
      unsubscribe();
      listeners.clear();
    },
  };

  /** What was begun on this page alone becomes the session's. */
  function adopt({ queue, positionMs, isOn }: LeftMusic): void {
    const current = queue.items[queue.currentIndex];
    if (!current) return;
    const items = queue.unshuffled ?? queue.items;
    if (client.state.seq === 0) {
      if (own.crossfadeMs > 0) client.send({ type: 'crossfade', durationMs: own.crossfadeMs });
      if (own.rate !== 1) client.send({ type: 'rate', rate: own.rate });
    }
    hear();
    const before = client.state.queue.items;
    replace(
      items.map(({ track }) => track),
      Math.max(0, items.indexOf(current)),
      { shuffled: false, positionMs, play: isOn },
    );
    const now = client.state.queue.items;
    if (now === before || now.length !== items.length) return;
    for (const [at, { itemId }] of now.entries()) aliases.set(itemId, items[at]?.itemId ?? itemId);
    if (queue.unshuffled) client.send({ type: 'queue.shuffle', seed: seedFrom(random) });
  }

  leaveEarlierStay();
  const unsubscribe = client.subscribe(onChange);
  const ticking = setInterval(tick, TICK_MS);
  adopt(left);
  if (left.isOn) void load().catch(() => undefined);
  onChange();
  return player;
}

function alike(one: EngineSettings, other: EngineSettings): boolean {
  const keys = Object.keys(one) as (keyof EngineSettings)[];
  return keys.every((key) => one[key] === other[key]);
}

function newItems(all: readonly Track[]): readonly NewItem[] {
  return all.map(({ id, durationMs }) => ({ trackId: id, durationMs }));
}

/** As many as one command takes. */
function parts<Item>(all: readonly Item[]): Item[][] {
  const count = Math.ceil(all.length / bounds.MOST_ITEMS_A_COMMAND);
  return Array.from({ length: count }, (_, at) =>
    all.slice(at * bounds.MOST_ITEMS_A_COMMAND, (at + 1) * bounds.MOST_ITEMS_A_COMMAND),
  );
}

function seedFrom(random: () => number): number {
  return Math.floor(random() * 2 ** 32);
}
