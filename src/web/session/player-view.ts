import type { EngineSettings } from '../engine/port.ts';
import type { PlayerState } from '../player/player.ts';
import type { GestureWait } from './gesture-wait.ts';
import { othersThere, ownOutput } from './own-output.ts';
import type { SessionClient } from './session-client.ts';
import type { SessionEngine } from './session-engine.ts';
import type { ShownQueue } from './shown-queue.ts';
import type { SoundSettings } from './sound-settings.ts';

export interface PlayerViewOptions {
  readonly client: SessionClient;
  readonly sound: SessionEngine;
  readonly settings: SoundSettings;
  readonly queue: ShownQueue;
  readonly gesture: GestureWait;
}

/** What of a session the pages show of their player: what has not changed is the same object as before. */
export class PlayerView {
  readonly #options: PlayerViewOptions;
  #names: readonly string[] = [];
  #state: PlayerState;

  constructor(options: PlayerViewOptions) {
    this.#options = options;
    this.#state = this.#look();
  }

  get state(): PlayerState {
    return this.#state;
  }

  /** True where something has changed. */
  renew(): boolean {
    const before = this.#state;
    const next = this.#look();
    const settings = isAlike(next.settings, before.settings) ? before.settings : next.settings;
    const keys = Object.keys(next) as (keyof PlayerState)[];
    const isSame = keys.every((key) => key === 'settings' || next[key] === before[key]);
    if (isSame && settings === before.settings) return false;
    this.#state = { ...next, settings };
    return true;
  }

  #look(): PlayerState {
    const { client, sound, settings, gesture } = this.#options;
    const session = client.view();
    const { items, currentIndex, repeat } = session.queue;
    const output = ownOutput(session, client.instanceId);
    const isMine = output !== undefined && client.logNowMs() < (output.untilMs ?? Number.POSITIVE_INFINITY);
    const told = sound.heard?.state;
    const engineIndex = told ? items.findIndex(({ itemId }) => itemId === sound.currentId) : -1;
    const queue = this.#options.queue.of(session.queue, engineIndex >= 0 ? engineIndex : currentIndex);
    const current = queue.items[queue.currentIndex];
    const elsewhere = othersThere(client);
    const standing = current ? 'paused' : 'idle';
    const moving = isMine ? 'waiting' : 'playing';
    // What played on a device that is away is silent, as far as anyone knows here.
    const silent = session.main.playing && (isMine || elsewhere.length > 0) ? moving : standing;
    return {
      queue,
      current,
      status: told && current ? (told.status === 'idle' ? 'paused' : told.status) : silent,
      durationMs: told?.durationMs || (items[queue.currentIndex]?.durationMs ?? 0),
      repeat,
      settings: settings.shown,
      fault: told?.fault,
      engine: sound.status,
      isHeardHere: isMine || elsewhere.length === 0,
      awaitsGesture: gesture.isOn,
      heardOn: this.#namesOf(elsewhere.map(({ name }) => name)),
    };
  }

  #namesOf(found: readonly string[]): readonly string[] {
    const names = this.#names;
    if (found.length !== names.length || found.some((name, at) => name !== names[at])) this.#names = found;
    return this.#names;
  }
}

function isAlike(one: EngineSettings, other: EngineSettings): boolean {
  const keys = Object.keys(one) as (keyof EngineSettings)[];
  return keys.every((key) => one[key] === other[key]);
}
