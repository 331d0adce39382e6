import * as v from 'valibot';
import { type Bytes, fromBase64Url, isHexId, toBase64Url } from '../core/index.ts';

/** The JSON spellings that statements share. */

/** 32 lower-case hexadecimal digits, branded by the caller's type. */
export function hexId<Id extends string>() {
  return v.custom<Id>((value) => typeof value === 'string' && isHexId(value), 'an id of 32 hex digits');
}

/** A whole number from `least`, exactly representable. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER) {
  return v.pipe(v.number(), v.safeInteger(), v.minValue(least), v.maxValue(most));
}

/** Base64url without padding, in the one spelling that encodes these bytes. */
export function base64UrlBytes(leastBytes: number, mostBytes = leastBytes) {
  return v.pipe(
    v.string(),
    v.maxLength(Math.ceil((mostBytes * 4) / 3)),
    v.rawTransform(({ dataset, addIssue, NEVER }): Bytes => {
      const bytes = decodeCanonical(dataset.value);
      if (bytes !== undefined && bytes.length >= leastBytes && bytes.length <= mostBytes) return bytes;
      addIssue({ message: `base64url of ${leastBytes} to ${mostBytes} bytes` });
      return NEVER;
    }),
  );
}

/** Undefined for any other spelling: lenient decoders take several texts for the same bytes. */
export function decodeCanonical(text: string): Bytes | undefined {
  try {
    const bytes = fromBase64Url(text);
    return toBase64Url(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** The first fault as `path: message`; never the value, which may be a key. */
export function firstFault(issues: readonly v.BaseIssue<unknown>[]): string {
  const issue = issues[0];
  if (issue === undefined) return 'malformed';
  const path = v.getDotPath(issue);
  const message = issue.expected === null ? issue.message : `${issue.expected} expected`;
  return path === null ? message : `${path}: ${message}`;
}
