import type { Annotated } from '../data/annotations.ts';
import { useMessages } from '../messages/use-messages.ts';
import { usePlayer } from '../player/use-player.ts';
import { Icon } from './icon.tsx';
import { LikeButton } from './like-button.tsx';

interface HeroActionsProps {
  readonly name: string;
  /** What the heart is about; absent where there is none. */
  readonly item?: Annotated;
  readonly isEmpty?: boolean;
  readonly onPlay: (shuffled: boolean) => void;
  readonly onMenu?: (at: Element) => void;
}

export function HeroActions({ name, item, isEmpty = false, onPlay, onMenu }: HeroActionsProps) {
  const { actions } = useMessages();
  const player = usePlayer();
  const play = (shuffled: boolean) => {
    player.warm().catch(() => undefined);
    onPlay(shuffled);
  };
  return (
    <>
      <button type="button" className="button button-primary" disabled={isEmpty} onClick={() => play(false)}>
        <Icon name="play" />
        {actions.play}
      </button>
      <button type="button" className="button" disabled={isEmpty} onClick={() => play(true)}>
        <Icon name="shuffle" />
        {actions.shuffle}
      </button>
      {item && <LikeButton item={item} name={name} />}
      {onMenu && (
        <button
          type="button"
          className="icon-button"
          aria-haspopup="menu"
          aria-label={actions.moreFor(name)}
          onClick={(event) => onMenu(event.currentTarget)}
        >
          <Icon name="more" />
        </button>
      )}
    </>
  );
}
