import { type Bytes, concatBytes } from '../core/index.ts';

/**
 * The five DER types that an encrypted PKCS#8 key consists of, written only: what others wrote is
 * parsed by OpenSSL (ITU-T X.690).
 */
const INTEGER = 0x02;
const OCTET_STRING = 0x04;
const NULL = 0x05;
const OBJECT_IDENTIFIER = 0x06;
const SEQUENCE = 0x30;

export function derSequence(...items: readonly Uint8Array[]): Bytes {
  return tagged(SEQUENCE, concatBytes(...items));
}

export function derOctets(bytes: Uint8Array): Bytes {
  return tagged(OCTET_STRING, bytes);
}

export function derNull(): Bytes {
  return tagged(NULL, new Uint8Array(0));
}

/** X.690 8.3: two's complement in the fewest bytes, so a leading one bit gets a zero byte before it. */
export function derInteger(value: number): Bytes {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('expected a non-negative integer');
  const digits = value.toString(16);
  const bytes = Uint8Array.fromHex(digits.padStart(digits.length + (digits.length % 2), '0'));
  return tagged(INTEGER, (bytes[0] ?? 0) > 0x7f ? concatBytes(new Uint8Array(1), bytes) : bytes);
}

/** X.690 8.19: the first two arcs share a number, the others are base 128, high bit set on all but the last. */
export function derObjectId(dotted: string): Bytes {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const encoded = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return tagged(OBJECT_IDENTIFIER, Uint8Array.from(encoded));
}

/** X.690 8.1.3: lengths below 128 in one byte, longer ones as a count of length bytes and these. */
function tagged(tag: number, content: Uint8Array): Bytes {
  const { length } = content;
  if (length < 0x80) return concatBytes(Uint8Array.of(tag, length), content);
  const digits = length.toString(16);
  const lengthBytes = Uint8Array.fromHex(digits.padStart(digits.length + (digits.length % 2), '0'));
  return concatBytes(Uint8Array.of(tag, 0x80 | lengthBytes.length), lengthBytes, content);
}
