import { type QueryKey, useQueries, type UseQueryOptions } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';

export interface Pages<Item> {
  /** Undefined while it is not loaded; another function only when something was. */
  readonly itemAt: (index: number) => Item | undefined;
  /** To be told what is on the screen. */
  readonly onShown: (first: number, last: number) => void;
  /** Where a page that is looked at could not be loaded. */
  readonly failed: { readonly error: Error; readonly retry: () => void } | undefined;
}

/** A list of which only those pages are loaded that are looked at, however long it is. */
export function usePages<Item, Key extends QueryKey>(
  pageItems: number,
  queryOf: (page: number) => UseQueryOptions<Item[], Error, Item[], Key>,
): Pages<Item> {
  const [pages, setPages] = useState<readonly number[]>([0]);
  const onShown = useCallback(
    (first: number, last: number) => {
      const [from, to] = [Math.floor(first / pageItems), Math.floor(last / pageItems)];
      setPages((before) =>
        before[0] === from && before.at(-1) === to
          ? before
          : Array.from({ length: to - from + 1 }, (_, index) => from + index),
      );
    },
    [pageItems],
  );

  const results = useQueries({ queries: pages.map(queryOf) });
  const loaded = results.map(({ data }) => data);
  const itemAt = useMemo(() => {
    const shown = new Map(pages.map((page, index) => [page, loaded[index]]));
    return (index: number) => shown.get(Math.floor(index / pageItems))?.[index % pageItems];
    // The pages' contents, not the array that holds them, decide.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [pages, pageItems, ...loaded]);

  const failed = results.find(({ error, data }) => error && !data);
  return {
    itemAt,
    onShown,
    failed: failed?.error ? { error: failed.error, retry: () => void failed.refetch() } : undefined,
  };
}
