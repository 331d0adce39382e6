import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { TestContext } from 'vitest';
import { routes } from '../../src/api/index.ts';
import { ApiBrowser } from './api-browser.ts';
import { launchChromium } from './chromium.ts';
import { type ClefServer, startClef, temporaryFolder } from './clef-process.ts';
import { sayWhere } from './first-start.ts';
import { sharedFolder } from './shared-by-run.ts';
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

interface WebWorldOptions {
  /** The browser's. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The server has imported its library since it started, as proofs have it: what it says of an import is shown. */
  readonly isImporting?: boolean;
}

/** A real server whose small library is imported, on three nodes, and a browser for it. */
export async function openWebWorld(
  context: Pick<TestContext, 'skip'>,
  { environment, isImporting = process.env['VITEST'] === undefined }: WebWorldOptions = {},
): Promise<WebWorld> {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryFolder('web'));
  if (!isImporting) await copyImported(path);
  const server = stack.use(await startServer(path));
  // Ready is said before a first start has made its keys; with them comes the administrator.
  if (isImporting) await server.credentials();
  const { baseUrl } = server;
  const api = await importedApi(baseUrl);
  const browser = stack.use(await launchChromium(context, environment && { environment }));
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

async function startServer(place: string): Promise<ClefServer> {
  const nodes = NODES.map((node) => `${join(place, node)}#domain=disk-${node}`);
  return startClef({
    data: join(place, 'data'),
    isFirstStart: true,
    folders: [await (music ??= makeMusic())],
    settings: { CLEF_NODES: nodes.join(','), CLEF_POLICY: '2+1' },
  });
}

/** Signed in, once all of the library is there. */
async function importedApi(baseUrl: string): Promise<ApiBrowser> {
  const api = new ApiBrowser(baseUrl);
  await api.call(routes.signIn, { body: { username: 'admin', password: WEB_PASSWORD } });
  await waitFor(
    `an import of ${WEB_TRACKS} tracks`,
    async () => (await api.call(routes.counts, {})).tracks === WEB_TRACKS || undefined,
    { timeoutMs: 180_000 },
  );
  return api;
}

let music: Promise<string> | undefined;
let imported: Promise<string> | undefined;

/** Made once in this process, whose worlds all import it. */
async function makeMusic(): Promise<string> {
  const folder = join(sharedFolder('web'), 'music');
  await makeWebLibrary(folder);
  return folder;
}

/** What a server leaves behind that has imported the music: its data folder and its nodes. */
async function copyImported(place: string): Promise<void> {
  const from = await (imported ??= makeImported());
  await cp(from, place, { recursive: true });
  await sayWhere(join(place, 'data'), from, place);
}

async function makeImported(): Promise<string> {
  const place = sharedFolder('web');
  await using server = await startServer(place);
  await server.credentials();
  await importedApi(server.baseUrl);
  await server.stop();
  return place;
}
