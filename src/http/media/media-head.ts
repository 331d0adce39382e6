import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { ByteRange } from '../../core/index.ts';
import { attachment } from './content-disposition.ts';
import { evaluatePreconditions, rangeStillApplies } from './preconditions.ts';
import { parseRange, type WantedRange } from './range.ts';
import type { MediaTicket } from './ticket.ts';

/** What is said before the first byte of an asset. */
export interface MediaHead {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  /** The bytes that follow, at least one; absent where none do. */
  readonly range?: ByteRange;
}

/** Of the answer to one request: conditional requests, single ranges, HEAD (RFC 9110 sections 13 and 14). */
export function mediaHead(
  request: Pick<IncomingMessage, 'method' | 'headers'>,
  ticket: MediaTicket,
): MediaHead {
  const { lengthBytes } = ticket;
  const headers: OutgoingHttpHeaders = {
    'accept-ranges': 'bytes',
    'cache-control': ticket.cacheControl,
    etag: ticket.etag,
    'last-modified': new Date(ticket.lastModifiedMs).toUTCString(),
  };
  const isConditional = request.method === 'GET' || request.method === 'HEAD';
  const precondition = isConditional ? evaluatePreconditions(request.headers, ticket) : 'holds';
  if (precondition === 'not-modified') return { status: 304, headers };
  if (precondition === 'failed') return { status: 412, headers: { ...headers, 'content-length': 0 } };

  const wanted = wantedRange(request, ticket);
  if (wanted.kind === 'unsatisfiable') {
    const said = { 'content-length': 0, 'content-range': `bytes */${lengthBytes}` };
    return { status: 416, headers: { ...headers, ...said } };
  }
  const range = wanted.kind === 'part' ? wanted.range : { startBytes: 0, endBytes: lengthBytes };
  const { startBytes, endBytes } = range;
  const status = wanted.kind === 'part' ? 206 : 200;
  headers['content-type'] = ticket.mediaType;
  headers['content-length'] = endBytes - startBytes;
  if (wanted.kind === 'part') headers['content-range'] = `bytes ${startBytes}-${endBytes - 1}/${lengthBytes}`;
  if (ticket.downloadName !== undefined) headers['content-disposition'] = attachment(ticket.downloadName);
  if (request.method === 'HEAD' || startBytes === endBytes) return { status, headers };
  return { status, headers, range };
}

/** RFC 9110 section 14.2: ranges are defined for GET alone. */
function wantedRange(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  ticket: MediaTicket,
): WantedRange {
  const ifRange = headers['if-range'];
  const condition = Array.isArray(ifRange) ? ifRange.join(', ') : ifRange;
  if (method !== 'GET' || !rangeStillApplies(condition, ticket)) return { kind: 'whole' };
  return parseRange(headers.range, ticket.lengthBytes);
}
