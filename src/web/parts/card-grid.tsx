import { useWindowVirtualizer } from '@tanstack/react-virtual';
import {
  type ReactNode,
  type Ref,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';

/** As in cards.css: narrowest card, and what is between two. */
const MIN_CARD_PIXELS = 168;
const GAP_PIXELS = 20;
const ROW_GAP_PIXELS = 24;
/** Title and name below the picture. */
const CAPTION_PIXELS = 56;
/** Left above a row that is scrolled to: an index of letters may stick there. */
const MARGIN_PIXELS = 72;

export interface CardGridHandle {
  scrollToCard(index: number): void;
}

interface CardGridProps {
  readonly ref?: Ref<CardGridHandle>;
  readonly label: string;
  readonly count: number;
  readonly card: (index: number) => ReactNode;
  /** Told which cards are on the screen. */
  readonly onShown?: (first: number, last: number) => void;
}

/** Cards in as many columns as fit; rows outside of the window are not in the document. */
export function CardGrid({ ref, label, count, card, onShown }: CardGridProps) {
  const list = useRef<HTMLUListElement>(null);
  const [place, setPlace] = useState({ top: 0, width: 0 });

  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return undefined;
    const look = () => {
      const { top, width } = element.getBoundingClientRect();
      setPlace({ top: top + scrollY, width });
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // Two columns at least: a phone shows a pair.
  const columns = Math.max(2, Math.floor((place.width + GAP_PIXELS) / (MIN_CARD_PIXELS + GAP_PIXELS)));
  const cardPixels = (place.width - GAP_PIXELS * (columns - 1)) / columns;
  const rowPixels = Math.round(cardPixels + CAPTION_PIXELS + ROW_GAP_PIXELS);
  const rowCount = place.width > 0 ? Math.ceil(count / columns) : 0;
  const virtualizer = useWindowVirtualizer({
    count: rowCount,
    estimateSize: () => rowPixels,
    overscan: 2,
    scrollMargin: place.top,
  });
  useEffect(() => virtualizer.measure(), [virtualizer, rowPixels]);

  useImperativeHandle(ref, () => ({
    scrollToCard: (index) =>
      scrollTo({ top: place.top + Math.floor(index / columns) * rowPixels - MARGIN_PIXELS }),
  }));

  const rows = virtualizer.getVirtualItems();
  const first = (rows[0]?.index ?? 0) * columns;
  const last = Math.min(((rows.at(-1)?.index ?? 0) + 1) * columns, count) - 1;
  useEffect(() => {
    if (rowCount > 0) onShown?.(first, last);
  }, [first, last, rowCount, onShown]);

  const shown = rows.flatMap(({ index: row, start }) =>
    Array.from({ length: Math.min(columns, count - row * columns) }, (_, column) => ({
      index: row * columns + column,
      x: column * (cardPixels + GAP_PIXELS),
      y: start - place.top,
    })),
  );
  return (
    <ul ref={list} aria-label={label} className="card-grid" style={{ height: rowCount * rowPixels }}>
      {shown.map(({ index, x, y }) => (
        <li
          key={index}
          aria-setsize={count}
          aria-posinset={index + 1}
          style={{ width: cardPixels, transform: `translate(${x}px, ${y}px)` }}
        >
          {card(index)}
        </li>
      ))}
    </ul>
  );
}
