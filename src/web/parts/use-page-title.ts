import { useEffect } from 'react';

/** Names the page in the tab and the history; screen readers tell it when the page changes. */
export function usePageTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · Clef` : 'Clef';
  }, [title]);
}
