import { type CSSProperties, useEffect, useState } from 'react';
import { coverAddress } from '../data/client.ts';

/** Edge of the picture that colours are counted on: enough for a mean, and nothing to compute. */
const SAMPLE_PIXELS = 24;
const known = new Map<string, string>();
const MAX_KNOWN = 500;

/** `--tint` for the element that a cover stands in: its liveliest colour; nothing where there is no cover. */
export function useTint(coverId: string | undefined): CSSProperties {
  const [, setLoaded] = useState(0);
  useEffect(() => {
    if (coverId === undefined || known.has(coverId)) return undefined;
    const picture = new Image();
    picture.addEventListener('load', () => {
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(coverId, tintOf(picture));
      setLoaded((count) => count + 1);
    });
    picture.src = coverAddress(coverId, 96);
    return () => {
      picture.src = '';
    };
  }, [coverId]);
  const tint = coverId === undefined ? undefined : known.get(coverId);
  return tint ? ({ '--tint': tint } as CSSProperties) : {};
}

/** The mean of all pixels, each weighing as much as it is colourful: grey backgrounds count little. */
function tintOf(picture: HTMLImageElement): string {
  const canvas = document.createElement('canvas');
  canvas.width = SAMPLE_PIXELS;
  canvas.height = SAMPLE_PIXELS;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return '';
  context.drawImage(picture, 0, 0, SAMPLE_PIXELS, SAMPLE_PIXELS);
  return meanColour(context.getImageData(0, 0, SAMPLE_PIXELS, SAMPLE_PIXELS).data);
}

export function meanColour(rgba: ArrayLike<number>): string {
  let [red, green, blue, weights] = [0, 0, 0, 0];
  for (let i = 0; i + 3 < rgba.length; i += 4) {
    const [r = 0, g = 0, b = 0] = [rgba[i], rgba[i + 1], rgba[i + 2]];
    const weight = 1 + (Math.max(r, g, b) - Math.min(r, g, b)) ** 2 / 64;
    red += r * weight;
    green += g * weight;
    blue += b * weight;
    weights += weight;
  }
  if (weights === 0) return '';
  return `rgb(${[red, green, blue].map((sum) => Math.round(sum / weights)).join(' ')})`;
}
