import { queryOptions } from '@tanstack/react-query';
import { routes } from '../../api/index.ts';
import { call } from '../data/client.ts';

export const appPasswordsQuery = queryOptions({
  queryKey: ['app-passwords'],
  queryFn: ({ signal }) => call(routes.appPasswords, {}, signal),
});

export const devicesQuery = queryOptions({
  queryKey: ['devices'],
  queryFn: ({ signal }) => call(routes.devices, {}, signal),
});

export function lyricsQuery(trackId: string) {
  return queryOptions({
    queryKey: ['library', 'lyrics', trackId],
    queryFn: ({ signal }) => call(routes.lyrics, { params: { id: trackId } }, signal),
  });
}
