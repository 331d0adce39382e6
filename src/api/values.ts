import * as v from 'valibot';

/** Base64url without padding (RFC 4648 section 5). */
export const base64Url = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]*$/));
export const hexId = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
export const trackId = v.pipe(v.string(), v.regex(/^tr-[0-9a-z]{1,11}$/));
export const albumId = v.pipe(v.string(), v.regex(/^al-[0-9a-z]{1,11}$/));
export const artistId = v.pipe(v.string(), v.regex(/^ar-[0-9a-z]{1,11}$/));
export const playlistId = v.pipe(v.string(), v.regex(/^pl-[0-9a-z]{1,11}$/));
export const userId = v.pipe(v.string(), v.regex(/^us-[0-9a-z]{1,11}$/));
/** `main`, or drawn by whoever began the playback session. */
export const playbackSessionId = v.pipe(v.string(), v.regex(/^(?:main|[A-Za-z0-9_-]{16})$/));
/** What can be a favourite or be rated. */
export const itemId = v.pipe(v.string(), v.regex(/^(?:tr|al|ar)-[0-9a-z]{1,11}$/));
/** RFC 7638, SHA-256, base64url: names a device by its key. */
export const thumbprint = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/));
export const timeMs = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 53 - 1));
export const name = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(255));

/** A whole number in a query string. */
export function queryNumber(min: number, max: number) {
  return v.pipe(v.string(), v.regex(/^\d{1,9}$/), v.transform(Number), v.minValue(min), v.maxValue(max));
}

/** One page of a list: where it starts, how many at most. */
export const page = {
  offset: v.optional(queryNumber(0, 1e9), '0'),
  count: v.optional(queryNumber(1, 1_000), '100'),
};
