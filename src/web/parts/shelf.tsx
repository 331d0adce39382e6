import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { useMessages } from '../messages/use-messages.ts';
import { Icon } from './icon.tsx';

interface ShelfProps {
  readonly title: string;
  /** A link to the whole of it. */
  readonly all?: ReactNode;
  /** Each becomes an entry of the list. */
  readonly children: readonly ReactNode[];
}

/** One line of cards that scrolls sideways. */
export function Shelf({ title, all, children }: ShelfProps) {
  const { home } = useMessages();
  const row = useRef<HTMLUListElement>(null);
  const titleId = useId();
  const [edges, setEdges] = useState({ start: true, end: false });

  useEffect(() => {
    const element = row.current;
    if (!element) return undefined;
    const look = () =>
      setEdges({
        start: element.scrollLeft < 4,
        end: element.scrollLeft + element.clientWidth > element.scrollWidth - 4,
      });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, []);

  const page = (direction: number) =>
    row.current?.scrollBy({ left: direction * row.current.clientWidth * 0.85 });

  return (
    <section className="shelf" aria-labelledby={titleId}>
      <header className="shelf-head">
        <h2 id={titleId} className="shelf-title">
          {title}
        </h2>
        {all}
        <span className="shelf-arrows" hidden={edges.start && edges.end}>
          <button
            type="button"
            className="icon-button"
            aria-label={home.back}
            disabled={edges.start}
            onClick={() => page(-1)}
          >
            <Icon name="chevronLeft" />
          </button>
          <button
            type="button"
            className="icon-button"
            aria-label={home.forth}
            disabled={edges.end}
            onClick={() => page(1)}
          >
            <Icon name="chevronRight" />
          </button>
        </span>
      </header>
      <ul ref={row} className="shelf-row">
        {children.map((child, index) => (
          // Cards of one shelf are exchanged together.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={index}>{child}</li>
        ))}
      </ul>
    </section>
  );
}
