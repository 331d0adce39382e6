import type { IncomingHttpHeaders } from 'node:http';

/** What identifies one state of a resource. Both are the same on every server and after a restart. */
export interface Validators {
  /** Strong, with its quotes. */
  readonly etag: string;
  readonly lastModifiedMs?: number;
}

export type Precondition = 'holds' | 'not-modified' | 'failed';

/** RFC 9110 section 13.2.2, in its order, for GET and HEAD. */
export function evaluatePreconditions(headers: IncomingHttpHeaders, current: Validators): Precondition {
  const modified = lastModifiedSeconds(current);
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined) {
    if (!listsEtag(ifMatch, current.etag, 'strong')) return 'failed';
  } else {
    const unmodifiedSince = httpSeconds(headers['if-unmodified-since']);
    if (unmodifiedSince !== undefined && modified !== undefined && modified > unmodifiedSince)
      return 'failed';
  }

  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) {
    return listsEtag(ifNoneMatch, current.etag, 'weak') ? 'not-modified' : 'holds';
  }
  const modifiedSince = httpSeconds(headers['if-modified-since']);
  if (modifiedSince !== undefined && modified !== undefined && modified <= modifiedSince)
    return 'not-modified';
  return 'holds';
}

/**
 * RFC 9110 section 13.1.5: whether a Range header still means the bytes that the client has the rest of.
 * Only a strong match counts; a date must be the very one that was sent as Last-Modified.
 */
export function rangeStillApplies(ifRange: string | undefined, current: Validators): boolean {
  if (ifRange === undefined) return true;
  const tag = ifRange.trim();
  if (tag.startsWith('"') || tag.startsWith('W/')) return tag === current.etag;
  const since = httpSeconds(tag);
  return since !== undefined && since === lastModifiedSeconds(current);
}

const ENTITY_TAG = /(W\/)?("[^"]*")/g;

function listsEtag(list: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (list.trim() === '*') return true;
  for (const [, weak, tag] of list.matchAll(ENTITY_TAG)) {
    if (tag === etag && (comparison === 'weak' || weak === undefined)) return true;
  }
  return false;
}

/** A date that cannot be read counts as absent, RFC 9110 sections 13.1.3 and 13.1.4. */
function httpSeconds(date: string | undefined): number | undefined {
  if (date === undefined) return undefined;
  const timeMs = Date.parse(date);
  return Number.isNaN(timeMs) ? undefined : seconds(timeMs);
}

function lastModifiedSeconds({ lastModifiedMs }: Validators): number | undefined {
  return lastModifiedMs === undefined ? undefined : seconds(lastModifiedMs);
}

function seconds(timeMs: number): number {
  return Math.floor(timeMs / 1000);
}
