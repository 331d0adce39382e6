import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { routes } from '../../src/api/index.ts';
import { ApiBrowser } from './api-browser.ts';
import { bundleForPage } from './bundle-page.ts';
import type * as ListenerPage from './clef-listener-page.ts';
import { inProof } from './debian.ts';
import { openPlayingWorld, PLAYING_TITLES, type PlayingWorld } from './playing-world.ts';
import { layLine, type SlowLine } from './slow-line.ts';
import { waitFor } from './wait-for.ts';
import { WEB_PASSWORD } from './web-player.ts';

declare global {
  interface Window {
    listener: typeof ListenerPage;
  }
}

export interface ClefListener extends AsyncDisposable {
  readonly page: Page;
  readonly line: SlowLine;
  readonly server: Pick<PlayingWorld, 'kill' | 'start'>;
  readonly trackId: string;
  readonly workletUrl: string;
}

/** A real Clef with a long FLAC track, and in Chromium the player's own source and engine, enrolled, over a line to it. */
export async function openClefListener(): Promise<ClefListener> {
  await using stack = new AsyncDisposableStack();
  const world = stack.use(await openPlayingWorld(inProof));
  const line = stack.use(await layLine(world.baseUrl));
  const api = new ApiBrowser(world.baseUrl);
  await api.call(routes.signIn, { body: { username: 'admin', password: WEB_PASSWORD } });
  const trackId = await waitFor('an import', async () => {
    const { tracks } = await api.call(routes.tracks, { query: {} });
    return tracks.length === PLAYING_TITLES.length ? tracks[0]?.id : undefined;
  });
  const page = await world.newPage();
  await page.request.post(`${line.url}/api/v1/session`, {
    headers: { 'x-clef-request': '1' },
    data: { username: 'admin', password: WEB_PASSWORD },
  });
  await page.goto(`${line.url}/`);
  await page.locator('.shell').waitFor();
  await page.mouse.click(2, 2);
  const entry = fileURLToPath(new URL('clef-listener-page.ts', import.meta.url));
  await page.evaluate(await bundleForPage(entry, 'listener'));
  await page.evaluate(() => window.listener.enrol());
  const assets = await readdir(join(import.meta.dirname, '..', '..', 'build', 'web', 'assets'));
  const worklet = assets.find((name) => /^ring-worklet.*\.js$/.test(name));
  if (!worklet) throw new Error('the built player has no worklet');
  const owned = stack.move();
  return {
    page,
    line,
    server: world,
    trackId,
    workletUrl: `${line.url}/assets/${worklet}`,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
