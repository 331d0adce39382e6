import type { QueryClient } from '@tanstack/react-query';
import { routes } from '../../api/index.ts';
import { call } from './client.ts';
import { favouritesQuery } from './queries.ts';
import { createStore, useStore } from './store.ts';

/** What can be liked and rated: a track, an album, an artist. */
export interface Annotated {
  readonly id: string;
  readonly starredAtMs?: number;
  readonly rating?: number;
}

interface Change {
  readonly liked?: boolean;
  readonly rating?: number;
}

/**
 * What was changed in this window, over what lists say that were loaded before: a heart is the same everywhere at
 * once, without loading any list again.
 */
const changes = createStore<ReadonlyMap<string, Change>>(new Map());

function note(id: string, change: Change): void {
  changes.set(new Map(changes.current).set(id, { ...changes.current.get(id), ...change }));
}

export function isLiked(item: Annotated): boolean {
  return changes.current.get(item.id)?.liked ?? item.starredAtMs !== undefined;
}

export function useLiked(item: Annotated): boolean {
  useStore(changes);
  return isLiked(item);
}

/** 0 for none. */
export function useRating(item: Annotated): number {
  return useStore(changes).get(item.id)?.rating ?? item.rating ?? 0;
}

/** Shown at once, and taken back where the server refuses. */
export async function setLiked(
  queryClient: QueryClient,
  ids: readonly string[],
  liked: boolean,
): Promise<void> {
  for (const id of ids) note(id, { liked });
  const outcomes = await Promise.allSettled(
    ids.map((id) => call(liked ? routes.like : routes.unlike, { params: { id } })),
  );
  await queryClient.invalidateQueries({ queryKey: favouritesQuery.queryKey });
  const failed = ids.filter((_id, index) => outcomes[index]?.status === 'rejected');
  for (const id of failed) note(id, { liked: !liked });
  if (failed.length > 0) throw new Error('not saved');
}

export async function setRating(item: Annotated, rating: 0 | 1 | 2 | 3 | 4 | 5): Promise<void> {
  const before = changes.current.get(item.id)?.rating ?? item.rating ?? 0;
  note(item.id, { rating });
  try {
    await call(routes.rate, { params: { id: item.id }, body: { rating } });
  } catch (error) {
    note(item.id, { rating: before });
    throw error;
  }
}
