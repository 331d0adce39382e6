import { useEffect, useState } from 'react';

const queries = ['(prefers-color-scheme: dark)', '(prefers-contrast: more)', '(forced-colors: active)'];

/** Changes whenever colours may have: what is drawn on a canvas must be drawn again. */
export function useThemeCount(): number {
  const [count, setCount] = useState(0);
  useEffect(() => {
    const changed = () => setCount((before) => before + 1);
    const observer = new MutationObserver(changed);
    observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    const lists = queries.map((query) => matchMedia(query));
    for (const list of lists) list.addEventListener('change', changed);
    return () => {
      observer.disconnect();
      for (const list of lists) list.removeEventListener('change', changed);
    };
  }, []);
  return count;
}
