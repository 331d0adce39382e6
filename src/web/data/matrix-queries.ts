import { type QueryClient, queryOptions } from '@tanstack/react-query';
import { useEffect } from 'react';
import { routes } from '../../api/index.ts';
import { call } from './client.ts';
import { onServerEvent } from './events.ts';

/** Events may be missed; what is looked at is asked for again this often. */
const ASK_AGAIN_MS = 4_000;

export const libraryMatrixQuery = queryOptions({
  queryKey: ['vault', 'library-matrix'],
  queryFn: ({ signal }) => call(routes.libraryMatrix, {}, signal),
  refetchInterval: ASK_AGAIN_MS,
  staleTime: 0,
});

export function trackMatrixQuery(id: string) {
  return queryOptions({
    queryKey: ['vault', 'track-matrix', id],
    queryFn: ({ signal }) => call(routes.trackMatrix, { params: { id } }, signal),
    refetchInterval: ASK_AGAIN_MS,
    staleTime: 0,
  });
}

/** One track, for a page that knows its id alone. */
export function trackQuery(id: string) {
  return queryOptions({
    queryKey: ['library', 'track', id],
    queryFn: async ({ signal }) => {
      const { tracks } = await call(routes.tracksById, { body: { ids: [id] } }, signal);
      return tracks.at(0) ?? null;
    },
  });
}

/** What is known of the vault is asked for anew as soon as a node comes, goes or is repaired. */
export function useVaultEvents(queryClient: QueryClient): void {
  useEffect(
    () =>
      onServerEvent((event) => {
        if (event.kind === 'vault-changed') void queryClient.invalidateQueries({ queryKey: ['vault'] });
      }),
    [queryClient],
  );
}
