import type { EngineSettings, RepeatMode } from '../engine/port.ts';
import type { Player } from './player.ts';

const KEY = 'clef.player';

export interface PlayerSettings {
  readonly settings: EngineSettings;
  readonly repeat: RepeatMode;
}

const REPEAT_MODES: readonly RepeatMode[] = ['off', 'all', 'one'];

const defaults: PlayerSettings = {
  settings: {
    volume: 0.8,
    muted: false,
    rate: 1,
    replayGain: 'album',
    preampDb: 0,
    crossfadeMs: 0,
    outputDeviceId: '',
  },
  repeat: 'off',
};

/** Whatever does not have the type that it must have is taken from the defaults. */
export function loadPlayerSettings(storage: Storage): PlayerSettings {
  try {
    const stored = JSON.parse(storage.getItem(KEY) ?? '{}') as Partial<Record<string, unknown>>;
    const found = (stored.settings ?? {}) as Partial<Record<string, unknown>>;
    const settings = Object.fromEntries(
      Object.entries(defaults.settings).map(([name, usual]) => {
        const value = found[name];
        return [name, typeof value === typeof usual ? value : usual];
      }),
    ) as unknown as EngineSettings;
    return { settings, repeat: REPEAT_MODES.find((mode) => mode === stored.repeat) ?? defaults.repeat };
  } catch {
    return defaults;
  }
}

/** Writes them whenever they change. */
export function keepPlayerSettings(player: Player, storage: Storage): void {
  let { settings, repeat } = player.state;
  player.subscribe(() => {
    const now = player.state;
    // A slider may be that of another device.
    if (!now.isHeardHere || (now.settings === settings && now.repeat === repeat)) return;
    ({ settings, repeat } = now);
    storage.setItem(KEY, JSON.stringify({ settings, repeat }));
  });
}
