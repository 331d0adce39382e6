import * as v from 'valibot';
import { importProgress } from './admin-routes.ts';
import { device } from './session-routes.ts';
import { upload } from './upload-routes.ts';
import { timeMs } from './values.ts';

/**
 * What `GET /api/v1/events` tells, as server-sent events with one JSON object each. A player that was away
 * missed some: what it shows it must be able to ask for again.
 */
export const serverEvent = v.variant('kind', [
  /** The catalogue changed: lists may be asked for again. At most one a second. */
  v.object({ kind: v.literal('library-changed'), atMs: timeMs }),
  v.object({ kind: v.literal('device-added'), device }),
  v.object({ kind: v.literal('device-revoked'), deviceId: v.string() }),
  v.object({ kind: v.literal('session-ended') }),
  /** To administrators. */
  v.object({ kind: v.literal('import-progress'), progress: importProgress }),
  /** To whoever sent it: an upload waits to be imported, or came to its end. */
  v.object({ kind: v.literal('upload-changed'), upload }),
  /** A node came or went, a column was found damaged or was repaired. */
  v.object({ kind: v.literal('vault-changed'), atMs: timeMs }),
]);
export type ServerEvent = v.InferOutput<typeof serverEvent>;
