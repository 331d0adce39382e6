import { describe, expect, it } from 'vitest';
import { WarmBlocks } from './warm-blocks.ts';

const BLOCK = 65_536;
const NOW = 1_000_000;

describe('what was read lately', () => {
  it('is warm from the first byte to the last, and nothing beside it', () => {
    const blocks = new WarmBlocks(10 * BLOCK, NOW);
    expect(blocks.cover(0, 1, NOW)).toBe(false);
    blocks.note(2 * BLOCK, 5 * BLOCK, NOW);
    expect(blocks.cover(2 * BLOCK, 5 * BLOCK, NOW)).toBe(true);
    expect(blocks.cover(2 * BLOCK + 5, 3 * BLOCK, NOW)).toBe(true);
    expect(blocks.cover(2 * BLOCK - 1, 3 * BLOCK, NOW)).toBe(false);
    expect(blocks.cover(4 * BLOCK, 5 * BLOCK + 1, NOW)).toBe(false);
  });

  it('cools down within a minute, unless it is read again', () => {
    const blocks = new WarmBlocks(4 * BLOCK, NOW);
    blocks.note(0, 2 * BLOCK, NOW);
    blocks.note(0, BLOCK, NOW + 30_000);
    expect(blocks.cover(0, 2 * BLOCK, NOW + 59_000)).toBe(true);
    expect(blocks.cover(0, 2 * BLOCK, NOW + 60_000)).toBe(false);
    expect(blocks.cover(0, BLOCK, NOW + 89_000)).toBe(true);
    expect(blocks.cover(0, BLOCK, NOW + 90_000)).toBe(false);
  });

  it('never counts as warm beyond the first gigabyte', () => {
    const blocks = new WarmBlocks(2 ** 40, NOW);
    blocks.note(2 ** 30 - BLOCK, 2 ** 30 + BLOCK, NOW);
    expect(blocks.cover(2 ** 30 - BLOCK, 2 ** 30, NOW)).toBe(true);
    expect(blocks.cover(2 ** 30, 2 ** 30 + 1, NOW)).toBe(false);
  });
});
