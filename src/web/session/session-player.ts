import type { Track } from '../../api/index.ts';
import {
  type Action,
  currentItem,
  type NewOutput,
  type OutputReport,
  positionAt,
} from '../../playback/session/index.ts';
import type { Engine, EngineSettings } from '../engine/port.ts';
import { joinMediaSession } from '../player/media-session.ts';
import type { LeftMusic, Player } from '../player/player.ts';
import type { TrackLengths } from '../player/track-lengths.ts';
import { adoptMusic } from './adopt-music.ts';
import { DeckCommands } from './deck-commands.ts';
import { ItemMeasures } from './item-measures.ts';
import type { KnownTracks } from './known-tracks.ts';
import { GestureWait } from './gesture-wait.ts';
import { beHeard, newOutput, ownOutput } from './own-output.ts';
import type { LatencyMemory } from './pace-follower.ts';
import { PlayerView } from './player-view.ts';
import { QueueCommands } from './queue-commands.ts';
import type { SessionClient } from './session-client.ts';
import { SessionEngine } from './session-engine.ts';
import { ShownQueue } from './shown-queue.ts';
import { SideDecks } from './side-decks.ts';
import { SoundSettings } from './sound-settings.ts';

/** Nobody tells that a song is over. */
const TICK_MS = 250;
/** Of a long queue, so many tracks around the current one are asked for first. */
const NEAR_ITEMS = 500;

export interface SessionPlayerOptions {
  readonly client: SessionClient;
  readonly tracks: KnownTracks;
  readonly connect: () => Promise<Engine>;
  /** A further one, for what plays beside. */
  readonly connectBeside: () => Promise<Engine>;
  readonly lengths: TrackLengths;
  readonly settings: EngineSettings;
  readonly random: () => number;
  /** What was begun before there was a session, and goes on in it. */
  readonly left: LeftMusic;
  /** What a listener added to this device by hand, and what it is then. */
  readonly delayMs: number;
  readonly onDelay: (delayMs: number) => void;
  readonly latency: LatencyMemory;
  /** Somebody has touched this page since it was opened: the browser lets it sound. */
  readonly hasBeenTouched: () => boolean;
  readonly onLeave: () => void;
}

/** The player of a page that is a device of a playback session. */
export interface SessionPlayer extends Player, Disposable {
  /** Tracks have become known. */
  refresh(): void;
  /** Before the page goes: what is heard here ends with it. */
  depart(): void;
  readonly decks: DeckCommands;
  /** This page, as it would be heard. */
  asOutput(): NewOutput;
  /** What this page hears of itself, where it is heard. */
  report(): OutputReport | undefined;
}

export function createSessionPlayer(options: SessionPlayerOptions): SessionPlayer {
  const { client, tracks, connect, lengths, random, left, delayMs, onDelay, onLeave } = options;
  const listeners = new Set<() => void>();
  const commands = new QueueCommands({ client, tracks, random });
  const settings = new SoundSettings({
    client,
    settings: options.settings,
    delayMs,
    onDelay,
    onSettle: () => onChange(),
  });
  const aliases = new Map<string, string>();
  const sound = new SessionEngine({
    client,
    tracks,
    settings,
    connect,
    aliases,
    latency: options.latency,
    joinKeys: () =>
      joinMediaSession({
        ...player,
        get state() {
          return sound.heard ? view.state : { ...view.state, status: 'paused' as const };
        },
      }),
    onChange: () => tell(),
  });
  const queue = new ShownQueue(tracks);
  const gesture = new GestureWait({
    hasBeenTouched: options.hasBeenTouched,
    nowMs: () => performance.now(),
  });
  const view = new PlayerView({ client, sound, settings, queue, gesture });
  const measures = new ItemMeasures(client, lengths);
  const sideDecks = new SideDecks({
    client,
    tracks,
    connect: options.connectBeside,
    sound: () => settings.sound,
  });
  let wasTold = false;

  const hear = () => beHeard(client, settings.sound);
  const mine = () => ownOutput(client.state, client.instanceId);
  const onlyCurrent = () => {
    const item = currentItem(client.view().queue)?.itemId;
    return item === undefined ? undefined : { item };
  };

  function tell(): void {
    view.renew();
    // A seek changes nothing but the place.
    for (const listener of listeners) listener();
  }

  /** What follows from the time that has passed: another song, the end of the queue. */
  function tick(): void {
    // The others are told at once.
    if (gesture.look(sound.heard)) client.beat();
    if (view.renew()) for (const listener of listeners) listener();
  }

  /** This page was an output before it was loaded anew, and could not say that it went. */
  function leaveEarlierStay(): void {
    if (mine() && !client.hasWaiting('output.add', 'handover'))
      client.send({ type: 'output.remove', outputId: client.instanceId });
  }

  function onChange(): void {
    if (client.isTold && !wasTold) {
      wasTold = true;
      leaveEarlierStay();
    }
    wantTracks();
    settings.follow();
    sound.sync();
    sideDecks.sync();
    measure();
    if (mine() && client.view().main.playing) void sound.load().catch(() => undefined);
    tell();
  }

  function measure(): void {
    if (sound.heard) measures.tell();
  }

  function wantTracks(): void {
    const { items, currentIndex } = client.state.queue;
    const from = Math.max(0, currentIndex - NEAR_ITEMS / 2);
    const near = items.slice(from, from + NEAR_ITEMS);
    const beside = client.state.decks.map(({ item }) => item);
    tracks.want([...beside, ...near, ...items].map(({ trackId }) => trackId));
  }

  /** For what is to be heard, wherever that is. */
  function start(action: Action): void {
    hear();
    client.send(action);
  }

  /** What is asked for is meant of where this page is heard. */
  function fromHere(action: Action): void {
    sound.settle();
    client.send(action, onlyCurrent());
  }

  const player: SessionPlayer = {
    decks: new DeckCommands({ client, tracks, hear }),
    get state() {
      return view.state;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    positionMs() {
      if (sound.heard) return sound.heard.positionMs();
      const session = client.view();
      const { durationMs = 0 } = currentItem(session.queue) ?? {};
      return Math.min(durationMs, positionAt(session.main, client.logNowMs()));
    },
    bufferedMs: () => sound.heard?.bufferedMs() ?? 0,
    async warm() {
      const engine = await sound.load();
      await engine.warm();
      return engine;
    },
    playTracks(
      all: readonly Track[],
      startIndex = 0,
      { shuffled = player.state.queue.unshuffled !== undefined } = {},
    ) {
      if (all.length === 0) return;
      hear();
      commands.replace(all, startIndex, { shuffled, positionMs: 0, play: true });
    },
    playNext: (all) => commands.playNext(all),
    addToQueue: (all) => commands.add(all),
    removeItems: (itemIds) => commands.remove(itemIds),
    moveItems: (itemIds, before) => commands.move(itemIds, before),
    clear: () => {
      client.send({ type: 'queue.replace', items: [], startIndex: 0, positionMs: 0, play: false });
    },
    toggle() {
      const { status } = view.state;
      if (status === 'playing' || status === 'waiting') player.pause();
      else player.play();
    },
    play() {
      if (view.state.current) start({ type: 'play' });
    },
    pause: () => {
      sound.settle();
      client.send({ type: 'pause' });
    },
    seek: (positionMs) => {
      const mostMs = currentItem(client.view().queue)?.durationMs ?? 0;
      client.send({ type: 'seek', positionMs: Math.max(0, Math.min(positionMs, mostMs)) }, onlyCurrent());
    },
    next: () => fromHere({ type: 'next' }),
    previous: () => fromHere({ type: 'previous' }),
    jumpTo(index) {
      const item = view.state.queue.items[index];
      if (item) start({ type: 'jump', itemId: item.itemId });
    },
    setShuffled(shuffled) {
      if (shuffled === (view.state.queue.unshuffled !== undefined)) return;
      if (shuffled) commands.shuffle();
      else client.send({ type: 'queue.unshuffle' });
    },
    setRepeat: (mode) => {
      client.send({ type: 'queue.repeat', mode });
    },
    change(changes) {
      settings.change(changes);
      sound.apply();
      tell();
    },
    leave() {
      player.depart();
      onLeave();
      // Whoever listens next has keys of their own, and so an engine.
      void sound.engine?.[Symbol.asyncDispose]();
    },
    refresh() {
      queue.refresh();
      sound.refresh();
      tell();
    },
    depart() {
      settings.settle();
      const { items, currentIndex } = client.state.queue;
      const from = Math.max(0, currentIndex - 5);
      tracks.keep(items.slice(from).map(({ trackId }) => trackId));
      if (mine()) {
        sound.settle();
        client.send({ type: 'output.remove', outputId: client.instanceId });
      }
      client.keepNow();
    },
    asOutput: () => newOutput(client, settings.sound),
    report() {
      const engine = sound.heard;
      if (!engine) return undefined;
      const { clock } = client;
      const nowMs = performance.now();
      // One that plays alone is not off: where it is heard is where the session is.
      const error = client.view().outputs.length > 1 ? engine.paceError?.() : undefined;
      return {
        // The engine says how far it is ahead.
        ...(error && { errorMs: -error.errorMs }),
        ...(clock.isKnown && { offsetMs: clock.offsetMs(nowMs), uncertaintyMs: clock.uncertaintyMs(nowMs) }),
        bufferedMs: engine.bufferedMs(),
        underruns: engine.state.underruns,
        ...(gesture.isOn && { awaitsGesture: true }),
      };
    },
    [Symbol.dispose]() {
      clearInterval(ticking);
      for (const unsubscribe of unsubscribes) unsubscribe();
      listeners.clear();
      settings[Symbol.dispose]();
      sound[Symbol.dispose]();
      sideDecks[Symbol.dispose]();
    },
  };

  leaveEarlierStay();
  const unsubscribes = [client.subscribe(onChange), lengths.subscribe(measure)];
  const ticking = setInterval(tick, TICK_MS);
  adoptMusic(left, { client, commands, settings, aliases });
  if (left.isOn) void sound.load().catch(() => undefined);
  onChange();
  return player;
}
