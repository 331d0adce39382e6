import type { EngineSettings } from './port.ts';

export const DEFAULT_SETTINGS: EngineSettings = {
  volume: 1,
  muted: false,
  rate: 1,
  replayGain: 'off',
  preampDb: 0,
  crossfadeMs: 0,
  outputDeviceId: '',
};
