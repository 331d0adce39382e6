import { AudioEngine, type EngineOptions } from './engine.ts';
import type { Engine } from './port.ts';
// oxlint-disable-next-line import/default -- Vite makes the export, see worker-url.d.ts
import workletUrl from './ring-worklet.ts?worker&url';

export type {
  Engine,
  EngineFault,
  EngineFaultKind,
  EngineItem,
  EngineSettings,
  EngineState,
  OpenedTrack,
  Pace,
  PaceError,
  RepeatMode,
  ReplayGainMode,
  TrackSource,
} from './port.ts';

/** The engine of browsers that have WebCodecs and audio worklets. */
export function createEngine(options: Omit<EngineOptions, 'workletUrl'>): Engine {
  return new AudioEngine({ ...options, workletUrl });
}
