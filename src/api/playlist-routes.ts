import * as v from 'valibot';
import { playlist, track } from './items.ts';
import { defineRoute } from './route.ts';
import { name, playlistId, timeMs, trackId } from './values.ts';

const trackIds = v.pipe(v.array(trackId), v.maxLength(20_000));

export const playlistRoutes = {
  playlists: defineRoute({
    method: 'GET',
    path: '/playlists',
    access: 'session',
    summary: "The listener's own playlists and those that others made public.",
    answer: v.object({ playlists: v.array(playlist) }),
  }),
  createPlaylist: defineRoute({
    method: 'POST',
    path: '/playlists',
    access: 'session',
    summary: 'Makes a playlist.',
    body: v.object({ name, trackIds }),
    answer: v.object({ id: playlistId }),
  }),
  playlist: defineRoute({
    method: 'GET',
    path: '/playlists/:id',
    access: 'session',
    summary: 'A playlist and its tracks in order; one track may stand in it more than once.',
    params: v.object({ id: playlistId }),
    answer: v.object({ playlist, tracks: v.array(track) }),
  }),
  changePlaylist: defineRoute({
    method: 'PATCH',
    path: '/playlists/:id',
    access: 'session',
    summary: 'Changes what is given; `trackIds` exchanges the whole list, `addTrackIds` goes to its end.',
    params: v.object({ id: playlistId }),
    body: v.object({
      name: v.exactOptional(name),
      comment: v.exactOptional(v.pipe(v.string(), v.maxLength(4_000))),
      isPublic: v.exactOptional(v.boolean()),
      trackIds: v.exactOptional(trackIds),
      addTrackIds: v.exactOptional(trackIds),
    }),
  }),
  deletePlaylist: defineRoute({
    method: 'DELETE',
    path: '/playlists/:id',
    access: 'session',
    summary: 'Deletes a playlist.',
    params: v.object({ id: playlistId }),
  }),
  queue: defineRoute({
    method: 'GET',
    path: '/queue',
    access: 'session',
    summary: 'The saved queue; empty where none was saved.',
    answer: v.object({
      tracks: v.array(track),
      currentIndex: v.number(),
      positionMs: v.number(),
      changedAtMs: timeMs,
      changedBy: v.string(),
    }),
  }),
  saveQueue: defineRoute({
    method: 'PUT',
    path: '/queue',
    access: 'session',
    summary: 'Saves the queue, to go on elsewhere.',
    body: v.object({
      trackIds,
      currentIndex: v.pipe(v.number(), v.integer(), v.minValue(0)),
      positionMs: timeMs,
      /** Told again as it was given, so that who saves knows their own. */
      changedBy: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(64))),
    }),
  }),
} as const;
