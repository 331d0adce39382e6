import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { describe, expect, it } from 'vitest';
import { exact } from '../proof/exact.ts';
import { latency } from '../proof/latency.ts';
import { outage } from '../proof/outage.ts';
import { fileOfPackage } from '../support/debian.ts';

/** With what runs in the audio thread. */
const MOST_BYTES = 15_000;

describe('the engine', () => {
  for (const proof of [exact, latency, outage]) {
    it(`shows, in small: ${proof.shows}`, { timeout: 300_000 }, async (context) => {
      fileOfPackage('chromium', '/usr/bin/chromium', context);
      fileOfPackage('ffmpeg', '/usr/bin/ffmpeg', context);
      const said: string[] = [];
      const { gates } = await proof.run({ small: true, seed: 1, say: (text) => said.push(text) });
      const failed = Object.entries(gates).filter(([, { got, wanted }]) => got !== wanted);
      expect(failed, said.join('\n')).toEqual([]);
    });
  }

  it(`is at most ${MOST_BYTES} bytes of compressed JavaScript`, async () => {
    const built = await build({
      configFile: false,
      logLevel: 'error',
      build: {
        write: false,
        target: 'esnext',
        minify: true,
        lib: { entry: join(import.meta.dirname, '../../src/web/engine/index.ts'), formats: ['es'] },
      },
    });
    const [bundle] = Array.isArray(built) ? built : [];
    // What keeps a pace is loaded with the first one.
    const files = (bundle?.output ?? []).filter((file) => file.type === 'asset' || !file.isDynamicEntry);
    const sizes = files.map((file) => gzipSync(file.type === 'chunk' ? file.code : file.source).length);
    expect(sizes.length).toBe(2);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(MOST_BYTES);
  });
});
