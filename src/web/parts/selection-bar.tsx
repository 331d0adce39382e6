import type { Track } from '../../api/index.ts';
import { useMessages } from '../messages/use-messages.ts';
import { usePlayer } from '../player/use-player.ts';
import { openOverlay } from '../shell/overlays.ts';
import { tell } from '../shell/toasts.ts';
import { Icon } from './icon.tsx';
import { useLike } from './use-like.ts';

interface SelectionBarProps {
  readonly count: number;
  readonly load: () => Promise<readonly Track[]>;
  readonly remove?: { readonly label: string; readonly run: () => void };
  readonly onClear: () => void;
}

/** What can be done with several tracks at once. */
export function SelectionBar({ count, load, remove, onClear }: SelectionBarProps) {
  const { actions, told, tracks: words } = useMessages();
  const player = usePlayer();
  const { like } = useLike();
  const withTracks = (run: (tracks: readonly Track[]) => void) => () =>
    void load().then(run, () => tell(told.failed));
  return (
    <div className="selection-bar" role="toolbar" aria-label={words.selected(count)}>
      <span className="selection-count" role="status">
        {words.selected(count)}
      </span>
      <button
        type="button"
        className="icon-button"
        aria-label={actions.play}
        onClick={withTracks((tracks) => player.playTracks(tracks))}
      >
        <Icon name="play" />
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label={actions.addToQueue}
        onClick={withTracks((tracks) => {
          player.addToQueue(tracks);
          tell(told.queued(tracks.length));
        })}
      >
        <Icon name="queue" />
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label={actions.addToPlaylist}
        onClick={withTracks((tracks) =>
          openOverlay({ kind: 'add-to-playlist', trackIds: tracks.map(({ id }) => id) }),
        )}
      >
        <Icon name="playlists" />
      </button>
      <button type="button" className="icon-button" aria-label={actions.like} onClick={withTracks(like)}>
        <Icon name="heart" />
      </button>
      {remove && (
        <button type="button" className="icon-button" aria-label={remove.label} onClick={remove.run}>
          <Icon name="trash" />
        </button>
      )}
      <button type="button" className="icon-button" aria-label={words.clearSelection} onClick={onClear}>
        <Icon name="close" />
      </button>
    </div>
  );
}
