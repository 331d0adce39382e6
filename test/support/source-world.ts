import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import type { TestContext } from 'vitest';
import { CHUNK_BYTES } from '../../src/crypto/index.ts';
import { bundleForPage } from './bundle-page.ts';
import { launchChromium } from './chromium.ts';
import { type SealedServer, serveSealed } from './sealed-server.ts';
import type * as SourcePage from './source-page.ts';

declare global {
  interface Window {
    page: typeof SourcePage;
  }
}

export interface SourceWorld {
  readonly server: SealedServer;
  readonly page: Page;
  /** SHA-256 of each chunk of the track, in hexadecimal. */
  readonly hashes: readonly string[];
  /** The same of what the page made of them, or its fault. */
  readonly play: () => Promise<readonly string[] | string>;
}

/** A sealed track of 21 chunks and some bytes, and a page of a fresh browser that can play it. */
export async function startSourceWorld(context: TestContext): Promise<SourceWorld> {
  const browser = await launchChromium(context);
  context.onTestFinished(() => browser.close());
  const script = await bundleForPage(fileURLToPath(new URL('source-page.ts', import.meta.url)), 'page');
  const server = await serveSealed({
    lengthBytes: 21 * CHUNK_BYTES + 77,
    files: new Map([
      ['/', { type: 'text/html', body: '<!doctype html><script type="module" src="script.js"></script>' }],
      ['/script.js', { type: 'text/javascript', body: script }],
    ]),
  });
  context.onTestFinished(() => server[Symbol.asyncDispose]());
  const page = await browser.newPage();
  await page.goto(server.url);
  await page.waitForFunction(() => window.page !== undefined);
  const { trackId, chunkCount, bytes } = server;
  const hashes = Array.from({ length: chunkCount }, (_, chunk) =>
    createHash('sha256')
      .update(bytes.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES))
      .digest('hex'),
  );
  return {
    server,
    page,
    hashes,
    play: () =>
      page.evaluate(({ trackId, count }) => window.page.play(trackId, count), { trackId, count: chunkCount }),
  };
}
