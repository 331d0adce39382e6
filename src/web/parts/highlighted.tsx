import { createContext, type ReactNode, use } from 'react';
import type { Highlights } from '../../api/index.ts';

/** By id: what a search found of the items on a page. */
export const SearchHighlights = createContext<Readonly<Record<string, Highlights>>>({});

interface HighlightedProps {
  readonly id: string;
  readonly field: keyof Highlights;
  readonly children: string;
}

/** A text of an item, with what was found of it marked. */
export function Highlighted({ id, field, children: text }: HighlightedProps) {
  const ranges = use(SearchHighlights)[id]?.[field];
  if (!ranges) return text;
  const parts: ReactNode[] = [];
  let at = 0;
  for (const { start, end } of ranges) {
    parts.push(text.slice(at, start), <mark key={start}>{text.slice(start, end)}</mark>);
    at = end;
  }
  return [...parts, text.slice(at)];
}
