import { type Annotated, useLiked } from '../data/annotations.ts';
import { useMessages } from '../messages/use-messages.ts';
import { Icon } from './icon.tsx';
import { useLike } from './use-like.ts';

interface LikeButtonProps {
  readonly item: Annotated;
  readonly name: string;
  /** In lists, keyboards reach it through the row. */
  readonly tabIndex?: number;
}

export function LikeButton({ item, name, tabIndex }: LikeButtonProps) {
  const { actions } = useMessages();
  const isLiked = useLiked(item);
  const { like, unlike } = useLike();
  return (
    <button
      type="button"
      className="icon-button like"
      aria-label={actions.likeItem(name)}
      aria-pressed={isLiked}
      tabIndex={tabIndex}
      onClick={() => (isLiked ? unlike([item], name) : like([item]))}
    >
      <Icon name={isLiked ? 'heartFull' : 'heart'} />
    </button>
  );
}
