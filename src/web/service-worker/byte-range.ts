/** Half-open, in bytes. */
export interface ByteRange {
  readonly startBytes: number;
  readonly endBytes: number;
}

const RANGE = /^bytes=(\d*)-(\d*)$/;

/**
 * What a `Range` header asks of a file (RFC 9110 section 14.1.2): all of it without one, or with one of a kind that is
 * not known; undefined where nothing of it lies in the file.
 */
export function rangeOf(header: string | null, lengthBytes: number): ByteRange | undefined {
  const whole = { startBytes: 0, endBytes: lengthBytes };
  const [, first = '', last = ''] = RANGE.exec(header ?? '') ?? [];
  if (first === '' && last === '') return whole;
  const range =
    first === ''
      ? { startBytes: Math.max(0, lengthBytes - Number(last)), endBytes: lengthBytes }
      : {
          startBytes: Number(first),
          endBytes: last === '' ? lengthBytes : Math.min(Number(last) + 1, lengthBytes),
        };
  return range.startBytes < range.endBytes ? range : undefined;
}
