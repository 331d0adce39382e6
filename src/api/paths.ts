import type { PlayLocation } from './play-routes.ts';

/** Below it lie all routes of the JSON API. */
export const API_PATH = '/api/v1';

/** A WebSocket below `API_PATH`: docs/protocol.md. */
export const PLAYBACK_SOCKET_PATH = '/playback/socket';

/** Tells the server that a page of its own asks: other origins cannot send it without being allowed to. */
export const CSRF_HEADER = 'x-clef-request';

/** `Range` requests below these go to sealed bytes; neither is part of the JSON API. */
export function columnPath(
  { assetId, layoutId }: Pick<PlayLocation, 'assetId' | 'layoutId'>,
  column: number,
) {
  return `/c/v1/${assetId}/${layoutId}/${column}`;
}

/** One sealed chunk that the server verified, or reconstructed; never cached. */
export function verifiedChunkPath({ assetId }: Pick<PlayLocation, 'assetId'>, chunk: number) {
  return `/v/v1/${assetId}/${chunk}`;
}

/** Where in its file a part begins. */
export const OFFSET_HEADER = 'upload-offset';

/**
 * `PATCH` with the bytes of a part, their place in `upload-offset` and their SHA-256 in `content-digest` (RFC 9530):
 * below `API_PATH`, but no JSON.
 */
export function uploadPartPath(uploadId: string) {
  return `/uploads/${uploadId}`;
}
