import type { ByteRange } from '../../core/index.ts';

export type WantedRange =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly range: ByteRange }
  | { readonly kind: 'unsatisfiable' };

const WHOLE: WantedRange = { kind: 'whole' };
const UNSATISFIABLE: WantedRange = { kind: 'unsatisfiable' };

/** One range of RFC 9110 section 14.1.2: `bytes=0-99`, `bytes=100-`, `bytes=-100`. */
const SINGLE_RANGE = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i;

/**
 * What a Range header asks of `lengthBytes` bytes. A header that is malformed, of another unit, or that
 * lists several ranges is ignored, which RFC 9110 section 14.2 allows: the answer is then the whole.
 */
export function parseRange(header: string | undefined, lengthBytes: number): WantedRange {
  const match = header === undefined ? null : SINGLE_RANGE.exec(header);
  if (!match) return WHOLE;
  const [, first = '', last = ''] = match;
  if (first === '') return last === '' ? WHOLE : suffix(Number(last), lengthBytes);

  const startBytes = Number(first);
  const lastByte = last === '' ? Number.POSITIVE_INFINITY : Number(last);
  if (lastByte < startBytes) return WHOLE;
  if (startBytes >= lengthBytes) return UNSATISFIABLE;
  return { kind: 'part', range: { startBytes, endBytes: Math.min(lastByte + 1, lengthBytes) } };
}

function suffix(wantedBytes: number, lengthBytes: number): WantedRange {
  if (wantedBytes === 0 || lengthBytes === 0) return UNSATISFIABLE;
  return {
    kind: 'part',
    range: { startBytes: Math.max(0, lengthBytes - wantedBytes), endBytes: lengthBytes },
  };
}
