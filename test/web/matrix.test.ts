import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it, type TestContext } from 'vitest';
import { routes } from '../../src/api/index.ts';
import { ApiBrowser } from '../support/api-browser.ts';
import { launchChromium } from '../support/chromium.ts';
import { runClef, startClef, temporaryFolder } from '../support/clef-process.ts';
import { toneWav } from '../support/wav.ts';
import { signIn, WEB_PASSWORD } from '../support/web-player.ts';

const NODES = ['a', 'b', 'c'] as const;
const SECONDS = 30;
/** Pages ask every few seconds, and the server looks no more often. */
const SOON = { timeout: 30_000 };

declare global {
  var neverLoadedAgain: boolean | undefined;
}

it('the matrix shows, without being loaded again, what a node lost, and that a repair brought it back', {
  timeout: 300_000,
}, async (context) => {
  await using world = await startWorld(context);
  const { library, track, folderOf } = world;

  await expect.poll(() => cellsOf(library), SOON).toEqual({ whole: 3 });
  await track.getByText('Every piece is whole.').waitFor(SOON);
  for (const page of [library, track]) await page.evaluate(() => void (globalThis.neverLoadedAgain = true));

  await removeFolders(folderOf('b'));
  await expect.poll(() => cellsOf(library), SOON).toEqual({ whole: 2, missing: 1 });
  await track.getByText('Pieces on node 2 cannot be read.').waitFor(SOON);
  await track.getByRole('row', { name: /node 2 missing/ }).waitFor();

  expect(await runClef(['vault', 'repair'], world.settings)).toMatchObject({ status: 0 });
  await track.getByText('Every piece is whole.').waitFor(SOON);
  await expect.poll(() => cellsOf(library), SOON).toEqual({ whole: 3 });

  await rename(folderOf('c'), folderOf('unplugged'));
  await library.getByRole('listitem').filter({ hasText: 'node 3' }).filter({ hasText: 'away' }).waitFor(SOON);
  await expect.poll(() => cellsOf(library), SOON).toEqual({ whole: 2, 'node away': 1 });
  await track.getByText('Pieces on node 3 cannot be read.').waitFor(SOON);
  await rename(folderOf('unplugged'), folderOf('c'));
  await track.getByText('Every piece is whole.').waitFor(SOON);
  await expect.poll(() => cellsOf(library), SOON).toEqual({ whole: 3 });

  await removeFolders(folderOf('a'));
  await expect.poll(() => cellsOf(library), SOON).toEqual({ whole: 2, missing: 1 });
  await world.api.call(routes.repairVault, {});
  await expect.poll(() => cellsOf(library), SOON).toEqual({ whole: 3 });
  await expect.poll(async () => (await world.api.call(routes.vault, {})).repair, SOON).toBeUndefined();

  for (const page of [library, track]) {
    expect(await page.evaluate(() => globalThis.neverLoadedAgain)).toBe(true);
  }
});

/** A track of some rows on three nodes, and a browser that has the matrix open: of the library, and of the track. */
async function startWorld(context: TestContext) {
  const stack = new AsyncDisposableStack();
  const browser = stack.use(await launchChromium(context));
  const { path } = stack.use(await temporaryFolder('matrix'));
  await mkdir(join(path, 'music'));
  await writeFile(join(path, 'music', 'Rising.wav'), toneWav(SECONDS));
  const folderOf = (node: string) => join(path, node);
  const server = stack.use(
    await startClef({
      data: join(path, 'data'),
      folders: [join(path, 'music')],
      settings: {
        CLEF_NODES: NODES.map((node) => `${folderOf(node)}#domain=${node}`).join(','),
        CLEF_POLICY: '2+1',
      },
    }),
  );
  const api = new ApiBrowser(server.baseUrl);
  await api.call(routes.signIn, { body: { username: 'admin', password: WEB_PASSWORD } });
  const tracks = async () => (await api.call(routes.tracks, {})).tracks;
  await expect.poll(async () => (await tracks()).length, SOON).toBe(1);
  const [only] = await tracks();
  const { nodes } = await api.call(routes.libraryMatrix, {});
  expect(nodes.length).toBe(NODES.length);

  const listener = await browser.newContext({ locale: 'en-GB' });
  const library = await listener.newPage();
  await signIn(library, server.baseUrl);
  await library.goto(`${server.baseUrl}/matrix`);
  const track = await listener.newPage();
  await track.goto(`${server.baseUrl}/matrix/${only?.id}`);
  return {
    api,
    library,
    track,
    folderOf,
    settings: server.settings,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** All that a node holds; what it is called stays, or it would be another node. */
async function removeFolders(node: string): Promise<void> {
  const entries = await readdir(node, { withFileTypes: true });
  for (const { name } of entries.filter((entry) => entry.isDirectory())) {
    await rm(join(node, name), { recursive: true });
  }
}

/** What the library's table says of all its cells. */
async function cellsOf(page: Page): Promise<Partial<Record<string, number>>> {
  const said = await page.locator('.library-matrix td .visually-hidden').allTextContents();
  const states = said.map((text) => text.split(', ')[1] ?? '');
  return Object.fromEntries(
    [...Map.groupBy(states, (state) => state)].map(([state, all]) => [state, all.length]),
  );
}
