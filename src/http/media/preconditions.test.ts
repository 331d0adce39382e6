import { describe, expect, it } from 'vitest';
import { evaluatePreconditions, rangeStillApplies } from './preconditions.ts';

const modified = 'Sun, 06 Nov 1994 08:49:37 GMT';
const earlier = 'Sun, 06 Nov 1994 08:49:36 GMT';
const later = 'Sun, 06 Nov 1994 08:49:38 GMT';
const current = { etag: '"abc"', lastModifiedMs: Date.parse(modified) + 999 };

describe('preconditions', () => {
  it.each([
    [{}, 'holds'],
    [{ 'if-none-match': '"abc"' }, 'not-modified'],
    [{ 'if-none-match': 'W/"abc"' }, 'not-modified'],
    [{ 'if-none-match': '"x", "abc"' }, 'not-modified'],
    [{ 'if-none-match': '*' }, 'not-modified'],
    [{ 'if-none-match': '"x"' }, 'holds'],
    [{ 'if-none-match': 'abc' }, 'holds'],
    [{ 'if-modified-since': modified }, 'not-modified'],
    [{ 'if-modified-since': later }, 'not-modified'],
    [{ 'if-modified-since': earlier }, 'holds'],
    [{ 'if-modified-since': 'yesterday' }, 'holds'],
    [{ 'if-none-match': '"x"', 'if-modified-since': later }, 'holds'],
    [{ 'if-match': '"abc"' }, 'holds'],
    [{ 'if-match': 'W/"abc"' }, 'failed'],
    [{ 'if-match': '"x"' }, 'failed'],
    [{ 'if-match': '*' }, 'holds'],
    [{ 'if-unmodified-since': modified }, 'holds'],
    [{ 'if-unmodified-since': earlier }, 'failed'],
    [{ 'if-match': '"abc"', 'if-unmodified-since': earlier }, 'holds'],
    [{ 'if-match': '"abc"', 'if-none-match': '"abc"' }, 'not-modified'],
  ] as const)('%o: %s', (headers, expected) => {
    expect(evaluatePreconditions(headers, current)).toBe(expected);
  });

  it('by date mean nothing for what has no date', () => {
    const undated = { etag: '"abc"' };
    expect(evaluatePreconditions({ 'if-modified-since': later }, undated)).toBe('holds');
    expect(evaluatePreconditions({ 'if-unmodified-since': earlier }, undated)).toBe('holds');
  });
});

describe('If-Range', () => {
  it.each([
    [undefined, true],
    ['"abc"', true],
    ['W/"abc"', false],
    ['"x"', false],
    [modified, true],
    [later, false],
    [earlier, false],
    ['nonsense', false],
  ])('%s: %s', (ifRange, applies) => {
    expect(rangeStillApplies(ifRange, current)).toBe(applies);
  });
});
