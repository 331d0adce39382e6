import { useMessages } from '../messages/use-messages.ts';
import { Icon } from '../parts/icon.tsx';
import { usePlayer, usePlayerState } from '../player/use-player.ts';
import { nextRepeat } from '../shell/use-shortcuts.ts';

/** Shuffle, back, play, on, repeat. */
export function Transport() {
  const { player: words } = useMessages();
  const player = usePlayer();
  const status = usePlayerState((state) => state.status);
  const repeat = usePlayerState((state) => state.repeat);
  const isShuffled = usePlayerState(({ queue }) => queue.unshuffled !== undefined);
  const repeatLabel = { off: words.repeatOff, all: words.repeatAll, one: words.repeatOne }[repeat];
  return (
    <div className="transport">
      <button
        type="button"
        className="icon-button"
        aria-label={words.shuffle}
        aria-pressed={isShuffled}
        onClick={() => player.setShuffled(!isShuffled)}
      >
        <Icon name="shuffle" />
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label={words.previous}
        onClick={() => player.previous()}
      >
        <Icon name="previous" />
      </button>
      <PlayButton />
      <button type="button" className="icon-button" aria-label={words.next} onClick={() => player.next()}>
        <Icon name="next" />
      </button>
      <button
        type="button"
        className={`icon-button repeat-button ${repeat === 'off' ? '' : 'is-on'}`}
        aria-label={repeatLabel}
        onClick={() => player.setRepeat(nextRepeat[repeat])}
      >
        <Icon name="repeat" />
        {repeat === 'one' && <span className="repeat-one">1</span>}
      </button>
      <span className="visually-hidden" role="status">
        {status === 'waiting' ? words.waiting : ''}
      </span>
    </div>
  );
}

export function PlayButton() {
  const { actions } = useMessages();
  const player = usePlayer();
  const status = usePlayerState((state) => state.status);
  const isOn = status === 'playing' || status === 'waiting';
  return (
    <button
      type="button"
      className={`play-button ${status === 'waiting' ? 'is-waiting' : ''}`}
      aria-label={isOn ? actions.pause : actions.play}
      onClick={() => player.toggle()}
    >
      <Icon name={isOn ? 'pause' : 'play'} />
    </button>
  );
}
