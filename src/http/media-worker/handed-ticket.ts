import * as v from 'valibot';
import {
  asBytes,
  type Bytes,
  ClefError,
  fromBase64Url,
  fromUtf8,
  toBase64Url,
  utf8,
} from '../../core/index.ts';
import { assetSchema, bytesAsText, type FailureAnswer, type MediaTicket } from '../media/index.ts';

/** What the main process gives a worker instead of the bytes. It opens one asset, and never leaves the machine. */
export interface HandedTicket {
  readonly ticket: MediaTicket;
  /** Absent where what is sent stays sealed. */
  readonly trackKey?: Bytes;
  /** For faults before the first byte, in the words of the interface that was asked. */
  readonly failures: {
    /** Asking again may help. */
    readonly passing: FailureAnswer;
    readonly lasting: FailureAnswer;
  };
  /** What was asked for and by which request, for the log. */
  readonly route: string;
  readonly requestId: string;
}

/** Carries a HandedTicket, in the manner of X-Accel-Redirect. */
export const TICKET_HEADER = 'x-clef-ticket';
/** Proves to the main process that a request came through one of its workers. */
export const WORKER_HEADER = 'x-clef-worker';
/** The address that the worker's client has. */
export const CLIENT_HEADER = 'x-clef-client';

const bytes = v.pipe(
  v.string(),
  v.transform((text) => asBytes(fromBase64Url(text))),
);
const failure = v.object({ httpStatus: v.number(), contentType: v.string(), body: v.string() });

const schema = v.object({
  ticket: v.object({
    asset: assetSchema,
    content: v.variant('kind', [
      v.object({ kind: v.literal('plaintext') }),
      v.object({ kind: v.literal('column'), column: v.number() }),
    ]),
    lengthBytes: v.number(),
    mediaType: v.string(),
    etag: v.string(),
    lastModifiedMs: v.number(),
    cacheControl: v.string(),
    downloadName: v.exactOptional(v.string()),
  }),
  trackKey: v.exactOptional(bytes),
  failures: v.object({ passing: failure, lasting: failure }),
  route: v.string(),
  requestId: v.string(),
});

export function encodeTicket(handed: HandedTicket): string {
  const json = JSON.stringify(handed, bytesAsText);
  return toBase64Url(utf8(json));
}

/** Throws `internal`: only this program writes tickets. */
export function decodeTicket(text: string): HandedTicket {
  try {
    return v.parse(schema, JSON.parse(fromUtf8(fromBase64Url(text))));
  } catch (cause) {
    throw new ClefError('internal', 'a media ticket from the main process is not understood', { cause });
  }
}
