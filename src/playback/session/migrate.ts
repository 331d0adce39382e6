import { ClefError } from '../../core/index.ts';
import { type PlaybackState, STATE_VERSION } from './state.ts';

/**
 * A state that this or an older Clef wrote, in the current shape. Throws `unsupported-format` for what a newer one wrote,
 * which is to be folded by none but a newer one.
 */
export function migrateState(written: unknown): PlaybackState {
  const version =
    typeof written === 'object' && written !== null && 'version' in written ? written.version : undefined;
  if (version !== STATE_VERSION)
    throw new ClefError(
      'unsupported-format',
      `a session of version ${String(version)}, expected ${STATE_VERSION}`,
    );
  return written as PlaybackState;
}
