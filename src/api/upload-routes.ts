import * as v from 'valibot';
import { defineRoute } from './route.ts';
import { albumId, hexId, timeMs, trackId } from './values.ts';

const outcome = v.variant('kind', [
  /** `duplicate`: the library had the same bytes already. What names the track is absent once it was removed. */
  v.object({
    kind: v.picklist(['added', 'duplicate']),
    trackId: v.exactOptional(trackId),
    albumId: v.exactOptional(albumId),
    title: v.exactOptional(v.string()),
  }),
  v.object({ kind: v.literal('refused'), code: v.string(), reason: v.string() }),
]);

export const upload = v.object({
  id: hexId,
  name: v.string(),
  lengthBytes: v.number(),
  modifiedMs: v.number(),
  /** On the server's disk, sealed. The next part begins here. */
  receivedBytes: v.number(),
  /** Once it was imported, or could not be; kept for a day. */
  outcome: v.exactOptional(outcome),
  /** Why a whole upload waits to be imported; the server tries again by itself. */
  fault: v.exactOptional(v.object({ code: v.string(), reason: v.string() })),
});
export type Upload = v.InferOutput<typeof upload>;

/** A file's name, without folders. */
const fileName = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1),
  v.maxLength(255),
  // oxlint-disable-next-line no-control-regex -- names hold none on any system worth the name
  v.regex(/^[^\u0000-\u001f\u007f/\\]+$/),
);

export const uploadRoutes = {
  uploads: defineRoute({
    method: 'GET',
    path: '/uploads',
    access: 'session',
    summary: "The account's uploads: open ones, and those of the last day.",
    answer: v.object({ uploads: v.array(upload) }),
  }),
  upload: defineRoute({
    method: 'GET',
    path: '/uploads/:id',
    access: 'session',
    summary: 'How far an upload has come.',
    params: v.object({ id: hexId }),
    answer: upload,
  }),
  beginUpload: defineRoute({
    method: 'PUT',
    path: '/uploads/:id',
    access: 'session',
    summary: 'Announces a file under an id that the caller drew; asking again answers how far it has come.',
    params: v.object({ id: hexId }),
    body: v.object({
      name: fileName,
      lengthBytes: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
      modifiedMs: timeMs,
    }),
    answer: upload,
  }),
  removeUpload: defineRoute({
    method: 'DELETE',
    path: '/uploads/:id',
    access: 'session',
    summary: 'Cancels an upload, or forgets one that came to its end.',
    params: v.object({ id: hexId }),
  }),
} as const;
