import type { Engine, EngineState } from '../engine/port.ts';

const STEP_MS = 10_000;

/** A player, or an engine by itself. */
type Steered = Pick<Engine, 'play' | 'pause' | 'next' | 'previous' | 'seek' | 'positionMs' | 'subscribe'> & {
  readonly state: Pick<EngineState, 'status' | 'durationMs' | 'settings'>;
};

/** Lets media keys and the system's own controls steer a player; who shows covers and titles sets the metadata. */
export function joinMediaSession(player: Steered): () => void {
  const { mediaSession } = navigator;
  if (!mediaSession) return () => undefined;
  const step = (sign: number, { seekOffset }: MediaSessionActionDetails) =>
    player.seek(player.positionMs() + sign * (seekOffset === undefined ? STEP_MS : seekOffset * 1000));
  const handlers: Partial<Record<MediaSessionAction, MediaSessionActionHandler>> = {
    play: () => player.play(),
    pause: () => player.pause(),
    stop: () => player.pause(),
    nexttrack: () => player.next(),
    previoustrack: () => player.previous(),
    seekto: ({ seekTime }) => seekTime !== undefined && player.seek(seekTime * 1000),
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
  show(mediaSession, player);
  const unsubscribe = player.subscribe(() => show(mediaSession, player));
  return () => {
    unsubscribe();
    set(() => null);
  };
}

function show(mediaSession: MediaSession, player: Steered): void {
  const { status, durationMs, settings } = player.state;
  const isMoving = status === 'playing' || status === 'waiting';
  mediaSession.playbackState = status === 'idle' ? 'none' : isMoving ? 'playing' : 'paused';
  const position = Math.min(player.positionMs(), durationMs) / 1000;
  mediaSession.setPositionState?.(
    durationMs > 0 ? { duration: durationMs / 1000, playbackRate: settings.rate, position } : undefined,
  );
}
