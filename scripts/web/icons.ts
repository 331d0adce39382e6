import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Plugin } from 'vite';

/** Pictures that systems want as PNG when the player is installed; all are drawn from one SVG. */
const PICTURES = [
  { fileName: 'icon-192.png', source: 'icon.svg', sizePixels: 192 },
  { fileName: 'icon-512.png', source: 'icon.svg', sizePixels: 512 },
  { fileName: 'icon-maskable-512.png', source: 'icon-maskable.svg', sizePixels: 512 },
  { fileName: 'apple-touch-icon.png', source: 'icon-maskable.svg', sizePixels: 180 },
] as const;

export function icons(): Plugin {
  let folder = '';
  return {
    name: 'clef-icons',
    apply: 'build',
    configResolved(config) {
      folder = config.publicDir;
    },
    async generateBundle() {
      for (const { fileName, source, sizePixels } of PICTURES) {
        const svg = await readFile(join(folder, source));
        const png = await sharp(svg, { density: 288 }).resize(sizePixels).png().toBuffer();
        this.emitFile({ type: 'asset', fileName, source: png });
      }
    },
  };
}
