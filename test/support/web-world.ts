import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { TestContext } from 'vitest';
import { routes } from '../../src/api/index.ts';
import { ApiBrowser } from './api-browser.ts';
import { launchChromium } from './chromium.ts';
import { startClef, temporaryFolder } from './clef-process.ts';
import { waitFor } from './wait-for.ts';
import { makeWebLibrary, WEB_TRACKS } from './web-library.ts';
import { WEB_PASSWORD } from './web-player.ts';

export interface WebWorld extends AsyncDisposable {
  readonly baseUrl: string;
  /** A session of the first administrator's, beside those of the browser. */
  readonly api: ApiBrowser;
  readonly browser: Browser;
  /** Of a browser that nobody has used yet: English, 1440 by 900, and where it is to be looked at without motion. */
  readonly newPage: (options?: { readonly isCalm?: boolean }) => Promise<Page>;
}

const NODES = ['a', 'b', 'c'] as const;

/** A real server whose small library is imported, on three nodes, and a browser for it; `environment` is the browser's. */
export async function openWebWorld(
  context: Pick<TestContext, 'skip'>,
  environment: Readonly<Record<string, string>> = {},
): Promise<WebWorld> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder('web'));
  const music = join(folder.path, 'music');
  await makeWebLibrary(music);
  const { baseUrl, ...server } = stack.use(
    await startClef({
      data: join(folder.path, 'data'),
      folders: [music],
      settings: {
        CLEF_NODES: NODES.map((node) => `${join(folder.path, node)}#domain=disk-${node}`).join(','),
        CLEF_POLICY: '2+1',
      },
    }),
  );
  // Ready is said before a first start has made its keys; with them comes the administrator.
  await server.credentials();
  const api = new ApiBrowser(baseUrl);
  await api.call(routes.signIn, { body: { username: 'admin', password: WEB_PASSWORD } });
  await waitFor(
    `an import of ${WEB_TRACKS} tracks`,
    async () => (await api.call(routes.counts, {})).tracks === WEB_TRACKS || undefined,
    { timeoutMs: 180_000 },
  );
  const browser = stack.use(await launchChromium(context, { environment }));
  const owned = stack.move();
  return {
    baseUrl,
    api,
    browser,
    newPage: ({ isCalm = false } = {}) =>
      browser.newPage({
        locale: 'en-GB',
        reducedMotion: isCalm ? 'reduce' : 'no-preference',
        viewport: { width: 1440, height: 900 },
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
