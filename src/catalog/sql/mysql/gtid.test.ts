import { describe, expect, it } from 'vitest';
import { hasReached } from './gtid.ts';

describe('a position in binary logs', () => {
  it.each([
    ['0-1-7', '0-1-7', true],
    ['0-1-8', '0-1-7', true],
    ['0-1-6', '0-1-7', false],
    // After a promotion numbers go on at another server.
    ['0-2-8', '0-1-7', true],
    ['0-1-10', '0-1-9', true],
    ['0-1-7', '0-1-7,1-1-1', false],
    ['1-1-2, 0-1-7', '0-1-7,1-1-1', true],
    ['', '0-1-7', false],
    // Nobody knows what a server without one has written.
    ['0-1-7', '', false],
  ])('of %s, asked for %s: %s', (applied, wanted, expected) => {
    expect(hasReached(applied, wanted)).toBe(expected);
  });
});
