import { useMessages } from '../messages/use-messages.ts';
import { Icon } from '../parts/icon.tsx';
import { usePlayerState } from '../player/use-player.ts';
import { openOverlay } from '../shell/overlays.ts';

/** Says where the music is heard, and opens the choice. */
export function PlayingOnButton() {
  const { sessions: words } = useMessages();
  const heardOn = usePlayerState((state) => state.heardOn);
  const label = heardOn.length > 0 ? words.playingOn(heardOn) : words.choose;
  return (
    <button
      type="button"
      className={`icon-button playing-on-button ${heardOn.length > 0 ? 'is-on' : ''}`}
      aria-haspopup="dialog"
      aria-label={label}
      title={label}
      onClick={() => openOverlay({ kind: 'playing-on' })}
    >
      <Icon name="devices" />
    </button>
  );
}

/** In words, where the music is heard elsewhere, or what keeps it from being heard here. */
export function PlayingOnName() {
  const { sessions: words } = useMessages();
  const heardOn = usePlayerState((state) => state.heardOn);
  const awaitsGesture = usePlayerState((state) => state.awaitsGesture);
  if (heardOn.length === 0 && !awaitsGesture) return null;
  return (
    <span className="playing-on-name" role="status">
      {awaitsGesture ? words.tapHere : words.playingOn(heardOn)}
    </span>
  );
}
