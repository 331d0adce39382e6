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

/** In the page that a browser is given first. */
const SPLASH_MARK = /<img (class="splash-mark") src="\.\/icon\.svg" alt="" (width="\d+" height="\d+")>/;

export function icons(): Plugin {
  let folder = '';
  return {
    name: 'clef-icons',
    apply: 'build',
    configResolved(config) {
      folder = config.publicDir;
    },
    /** The mark stands in the page itself: a picture of its own is drawn only after all scripts have begun to work. */
    async transformIndexHtml(page) {
      const svg = await readFile(join(folder, 'icon.svg'), 'utf8');
      if (!SPLASH_MARK.test(page)) throw new Error('index.html shows no mark while it loads');
      return page.replace(SPLASH_MARK, svg.trim().replace('<svg', '<svg $1 $2 aria-hidden="true"'));
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
