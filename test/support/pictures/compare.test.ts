import sharp from 'sharp';
import { expect, it } from 'vitest';
import { compare, MOST_IN_WINDOW, reduced } from './compare.ts';

const PICTURE = `<defs><linearGradient id="shade"><stop stop-color="#8d5bff"/><stop offset="1" stop-color="#4c1fae"/></linearGradient></defs>
  <rect x="20" y="150" width="300" height="130" fill="url(#shade)"/>`;

/** A page as SVG has it; `offset` moves all of it by so many pixels, which draws each edge otherwise. */
function page(parts: string, offset = 0): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="390" height="300">
    <rect width="390" height="300" fill="#f6f3ee"/><g transform="translate(${offset})">${parts}${PICTURE}</g></svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}

/** A button, and a line of text beside it. */
function button(x: number, fill = '#6530d6'): string {
  const words = 'Slow water, and half the sky';
  return `<circle cx="${x}" cy="60" r="22" fill="${fill}"/><text x="110" y="66" font-size="15" fill="#211d2b">${words}</text>`;
}

/** Whether a page that looks so passes for the one that is kept. */
async function passes(after: Promise<Buffer>): Promise<boolean> {
  const seen = await compare(await reduced(await page(button(60))), await after);
  return typeof seen !== 'string' && seen.worst <= MOST_IN_WINDOW;
}

it('a page passes for itself, whatever its reduced palette took from it', async () => {
  expect(await passes(page(button(60)))).toBe(true);
});

it('a page whose edges are drawn otherwise passes, as another build of a browser draws them', async () => {
  for (const offset of [0.1, 0.2, 0.3])
    expect(await passes(page(button(60), offset)), `${offset}`).toBe(true);
});

it('a shade that nobody tells apart passes, and one that everybody does is seen', async () => {
  expect(await passes(page(button(60, '#6632d6')))).toBe(true);
  expect(await passes(page(button(60, '#8a8296')))).toBe(false);
});

it('a button that has moved or is gone, and words that are gone, are seen', async () => {
  for (const x of [56, 64, 66]) expect(await passes(page(button(x))), `${x}`).toBe(false);
  expect(await passes(page(''))).toBe(false);
  expect(await passes(page('<circle cx="60" cy="60" r="22" fill="#6530d6"/>'))).toBe(false);
});

it('a page of another size is told apart without looking further', async () => {
  const wide = await sharp(await page(''))
    .resize(400, 300)
    .png()
    .toBuffer();
  expect(await compare(await page(''), wide)).toBe('400 by 300 pixels instead of 390 by 300');
});
