import type { Engine, EngineState } from './port.ts';

const STEP_MS = 10_000;

/** The engine, or a player over it. */
type Steered = Pick<Engine, 'play' | 'pause' | 'next' | 'previous' | 'seek' | 'positionMs' | 'subscribe'> & {
  readonly state: Pick<EngineState, 'status' | 'durationMs' | 'settings'>;
};

/** Lets media keys and the system's own controls steer the engine; who shows covers and titles sets the metadata. */
export function joinMediaSession(engine: Steered): () => void {
  const { mediaSession } = navigator;
  if (!mediaSession) return () => undefined;
  const step = (sign: number, { seekOffset }: MediaSessionActionDetails) =>
    engine.seek(engine.positionMs() + sign * (seekOffset === undefined ? STEP_MS : seekOffset * 1000));
  const handlers: Partial<Record<MediaSessionAction, MediaSessionActionHandler>> = {
    play: () => engine.play(),
    pause: () => engine.pause(),
    stop: () => engine.pause(),
    nexttrack: () => engine.next(),
    previoustrack: () => engine.previous(),
    seekto: ({ seekTime }) => seekTime !== undefined && engine.seek(seekTime * 1000),
    seekbackward: (details) => step(-1, details),
    seekforward: (details) => step(1, details),
  };
  const set = (handler: (action: MediaSessionAction) => MediaSessionActionHandler | null) => {
    for (const action of Object.keys(handlers) as MediaSessionAction[]) {
      try {
        mediaSession.setActionHandler(action, handler(action));
      } catch {
        // A browser that does not know an action is asked for the others.
      }
    }
  };
  set((action) => handlers[action] ?? null);
  const unsubscribe = engine.subscribe(() => show(mediaSession, engine));
  return () => {
    unsubscribe();
    set(() => null);
  };
}

function show(mediaSession: MediaSession, engine: Steered): void {
  const { status, durationMs, settings } = engine.state;
  const isMoving = status === 'playing' || status === 'waiting';
  mediaSession.playbackState = status === 'idle' ? 'none' : isMoving ? 'playing' : 'paused';
  const position = Math.min(engine.positionMs(), durationMs) / 1000;
  mediaSession.setPositionState?.(
    durationMs > 0 ? { duration: durationMs / 1000, playbackRate: settings.rate, position } : undefined,
  );
}
