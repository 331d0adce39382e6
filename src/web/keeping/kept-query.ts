import { queryOptions } from '@tanstack/react-query';
import type { Track } from '../../api/index.ts';
import { accountHere } from '../data/known-account.ts';
import type { KeptList } from '../kept/index.ts';
import { openOwnMusic } from '../player/connect-engine.ts';

/** What the page shows of a list, and plays, where no server can be asked. */
export interface KeptAbout {
  readonly name: string;
  readonly tracks: readonly Track[];
}

export interface KeptHere extends KeptList {
  readonly about: KeptAbout;
  readonly complete: boolean;
}

export const keptQuery = queryOptions({
  queryKey: ['kept'],
  queryFn: async ({ client }) => {
    const { kept } = await openOwnMusic(await accountHere(client));
    const [lists, space] = await Promise.all([kept.lists(), kept.space()]);
    // Written by this player alone, in this shape.
    return { lists: lists as readonly KeptHere[], space };
  },
  // Another window may have kept or removed something.
  staleTime: 0,
});
