import pixelmatch from 'pixelmatch';
import sharp from 'sharp';

/** Of 100, how near the palette of a picture that is kept comes to it: near enough to pass, and little to keep. */
const PALETTE_QUALITY = 95;
/** Distance of two colours that are still the same. */
const THRESHOLD = 0.1;
/** Differences are counted in squares of so many pixels: an edge that is drawn otherwise is few, a thing that moved is many. */
const WINDOW_PIXELS = 32;
/** What another build of Chromium may draw otherwise in one square. */
export const MOST_IN_WINDOW = 64;

export interface Difference {
  /** Of all squares, the pixels that differ in the worst. */
  readonly worst: number;
  /** Where, as PNG. */
  readonly draw: () => Promise<Uint8Array>;
}

/** A picture as it is kept: WebP, of a small palette. */
export async function reduced(png: Uint8Array): Promise<Buffer> {
  const palette = await sharp(png)
    .png({ palette: true, quality: PALETTE_QUALITY, dither: 0, effort: 4 })
    .toBuffer();
  return sharp(palette).webp({ lossless: true, effort: 4 }).toBuffer();
}

/** In what `after` is not as `before`; a sentence where they are of two sizes. */
export async function compare(before: Uint8Array, after: Uint8Array): Promise<Difference | string> {
  const [old, fresh] = await Promise.all([pixels(before), pixels(after)]);
  const { width, height } = old;
  if (fresh.width !== width || fresh.height !== height)
    return `${fresh.width} by ${fresh.height} pixels instead of ${width} by ${height}`;
  const options = { threshold: THRESHOLD, windowSize: WINDOW_PIXELS };
  return {
    worst: pixelmatch(old.data, fresh.data, null, width, height, options),
    draw() {
      const marked = new Uint8ClampedArray(width * height * 4);
      pixelmatch(old.data, fresh.data, marked, width, height, options);
      return sharp(marked, { raw: { width, height, channels: 4 } })
        .png()
        .toBuffer();
    },
  };
}

async function pixels(picture: Uint8Array) {
  const { data, info } = await sharp(picture).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height };
}
