import { Menu, MenuItem, SubmenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { type Annotated, setRating, useRating } from '../data/annotations.ts';
import { useMessages } from '../messages/use-messages.ts';
import { Icon } from '../parts/icon.tsx';
import { tell } from '../shell/toasts.ts';

const RATINGS = [5, 4, 3, 2, 1, 0] as const;

/** One to five stars, or none. */
export function RateSubmenu({
  items,
  onClose,
}: {
  readonly items: readonly Annotated[];
  readonly onClose: () => void;
}) {
  const { actions, told } = useMessages();
  const [first] = items;
  const shared = useRating(first ?? { id: '' });
  const rate = (rating: (typeof RATINGS)[number]) => {
    Promise.all(items.map((item) => setRating(item, rating))).catch(() => tell(told.failed));
    onClose();
  };
  return (
    <SubmenuTrigger>
      <MenuItem className="menu-item" textValue={actions.rate}>
        <Icon name="star" />
        <span className="menu-item-text">{actions.rate}</span>
        <Icon name="chevronRight" />
      </MenuItem>
      <Popover className="menu-popover" aria-label={actions.rate}>
        <Menu className="menu" aria-label={actions.rate}>
          {RATINGS.map((rating) => {
            const text = rating === 0 ? actions.noRating : actions.stars(rating);
            return (
              <MenuItem key={rating} className="menu-item" textValue={text} onAction={() => rate(rating)}>
                <span className="menu-item-text">{rating === 0 ? text : '★'.repeat(rating)}</span>
                {rating > 0 && <span className="visually-hidden">{text}</span>}
                {shared === rating && <Icon name="check" />}
              </MenuItem>
            );
          })}
        </Menu>
      </Popover>
    </SubmenuTrigger>
  );
}
