import type { Engine, EngineSettings } from '../engine/port.ts';
import { EngineFollower } from './engine-follower.ts';
import type { KnownTracks } from './known-tracks.ts';
import { ownOutput } from './own-output.ts';
import type { LatencyMemory } from './pace-follower.ts';
import type { SessionClient } from './session-client.ts';
import type { SoundSettings } from './sound-settings.ts';

export interface SessionEngineOptions {
  readonly client: SessionClient;
  readonly tracks: KnownTracks;
  readonly settings: SoundSettings;
  readonly connect: () => Promise<Engine>;
  /** Items that sounded before there was a session, by their ids in it. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly latency: LatencyMemory;
  /** Lets the keys of the system steer the session; answers how that ends. */
  readonly joinKeys: () => () => void;
  readonly onChange: () => void;
}

/** The sound of a page in a session: its engine is loaded when somebody wants it, and does what the session says. */
export class SessionEngine implements Disposable {
  readonly #options: SessionEngineOptions;
  #engine: Engine | undefined;
  #loading: Promise<Engine> | undefined;
  #follower: EngineFollower | undefined;
  #leaveKeys: (() => void) | undefined;
  #hasFailed = false;
  #isOver = false;

  constructor(options: SessionEngineOptions) {
    this.#options = options;
  }

  get engine(): Engine | undefined {
    return this.#engine;
  }

  /** `failed`: this browser has none, or it could not be loaded. */
  get status(): 'absent' | 'ready' | 'failed' {
    if (this.#engine) return 'ready';
    return this.#hasFailed ? 'failed' : 'absent';
  }

  /** The engine, while this page is heard, or would be if it played. */
  get heard(): Engine | undefined {
    return this.#follower?.isHeard ? this.#engine : undefined;
  }

  /** The id in the session of what the engine plays. */
  get currentId(): string | undefined {
    return this.#follower?.currentId;
  }

  load(): Promise<Engine> {
    this.#loading ??= this.#options.connect().then(
      (engine) => this.#take(engine),
      (error: unknown) => this.#fail(error),
    );
    return this.#loading;
  }

  /** To be called after each change of the session. */
  sync(): void {
    this.apply();
    this.#follower?.sync();
  }

  /** Gives the engine the settings that it is to have. */
  apply(): void {
    const { client, settings } = this.#options;
    const { state } = this.#engine ?? {};
    if (!state) return;
    const changed = Object.entries(settings.wanted).filter(
      ([key, value]) => state.settings[key as keyof EngineSettings] !== value,
    );
    if (changed.length > 0) this.#engine?.change(Object.fromEntries(changed));
    const { repeat } = client.state.queue;
    if (state.repeat !== repeat) this.#engine?.setRepeat(repeat);
  }

  /** The gains of tracks have become known. */
  refresh(): void {
    this.#follower?.refresh();
  }

  /** Makes the session stand where this page is heard: what is asked for next is meant of that. */
  settle(): void {
    this.#follower?.settle();
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#follower?.[Symbol.dispose]();
    this.#leaveKeys?.();
  }

  #take(engine: Engine): Engine {
    if (this.#isOver) return engine;
    const { client, tracks, settings, aliases, latency, joinKeys, onChange } = this.#options;
    this.#engine = engine;
    this.#hasFailed = false;
    this.apply();
    this.#follower = new EngineFollower({
      client,
      engine,
      sound: () => settings.sound,
      aliases,
      latency,
      toEngineItem: ({ itemId, trackId, durationMs }) => ({
        itemId,
        trackId,
        durationMs,
        ...tracks.of(trackId, durationMs).replayGain,
      }),
    });
    engine.subscribe(onChange);
    this.#leaveKeys = joinKeys();
    onChange();
    return engine;
  }

  #fail(error: unknown): never {
    const { client, onChange } = this.#options;
    this.#loading = undefined;
    this.#hasFailed = true;
    if (ownOutput(client.state, client.instanceId)) client.send({ type: 'pause' });
    onChange();
    throw error;
  }
}
