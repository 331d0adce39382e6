import { keepPreviousData, type QueryClient, queryOptions } from '@tanstack/react-query';
import { useEffect } from 'react';
import { type ImportProgress, routes } from '../../api/index.ts';
import { call } from '../data/client.ts';
import { onServerEvent } from '../data/events.ts';

/** Events may be missed; what is looked at is asked for again this often. */
const ASK_AGAIN_MS = 10_000;
/** A repair tells of its end alone. */
const WATCH_MS = 2_000;

export const accountsQuery = queryOptions({
  queryKey: ['accounts'],
  queryFn: ({ signal }) => call(routes.accounts, {}, signal),
});

export const importQuery = queryOptions({
  queryKey: ['import'],
  queryFn: ({ signal }) => call(routes.importProgress, {}, signal),
  refetchInterval: ASK_AGAIN_MS,
  staleTime: 0,
});

/** Asked for anew as soon as the import's state says that there is more to know. */
export function findingsQuery({ scanning, failed, lastScanMs }: ImportProgress) {
  return queryOptions({
    queryKey: ['import-findings', scanning, failed, lastScanMs ?? 0],
    queryFn: ({ signal }) => call(routes.importFindings, {}, signal),
    placeholderData: keepPreviousData,
  });
}

export const vaultQuery = queryOptions({
  queryKey: ['vault', 'status'],
  queryFn: ({ signal }) => call(routes.vault, {}, signal),
  refetchInterval: ({ state }) => (state.data?.repair ? WATCH_MS : ASK_AGAIN_MS),
  staleTime: 0,
});

/** What the server tells of a running import is shown as it comes. */
export function useImportEvents(queryClient: QueryClient): void {
  useEffect(
    () =>
      onServerEvent((event) => {
        if (event.kind === 'import-progress') queryClient.setQueryData(importQuery.queryKey, event.progress);
      }),
    [queryClient],
  );
}
