import { fromUtf8, utf8, type Bytes } from '../core/index.ts';

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue | undefined };

export function encodeJson(value: JsonValue): Bytes {
  return utf8(JSON.stringify(value));
}

/** Throws a TypeError or SyntaxError on what is not UTF-8 or not JSON. */
export function decodeJson(bytes: Uint8Array): JsonValue {
  return JSON.parse(fromUtf8(bytes)) as JsonValue;
}
