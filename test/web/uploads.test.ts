import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it, type TestContext } from 'vitest';
import { routes } from '../../src/api/index.ts';
import { ApiBrowser } from '../support/api-browser.ts';
import { launchChromium } from '../support/chromium.ts';
import { freePort, startClef, temporaryFolder } from '../support/clef-process.ts';
import { toneWav } from '../support/media-tags.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { sameBytes } from '../support/vault.ts';
import { signIn, WEB_PASSWORD } from '../support/web-player.ts';

const PARTS = '**/api/v1/uploads/*';

function song(title: string, seconds: number, seed: number): Buffer {
  return Buffer.from(toneWav(seconds, seed, { INAM: title, IART: 'Nadir', IPRD: 'Sent' }));
}

it('music that is dropped or picked is in the library at once, told what became of it, and outlives cuts and kills', {
  timeout: 300_000,
}, async (context) => {
  await using world = await startWorld(context);
  const { page, baseUrl, folder } = world;
  await signIn(page, baseUrl);

  await drop(page, 'Dropped.wav', song('Dropped', 30, 1));
  await row(page, 'Dropped.wav').getByText('Added: Dropped').waitFor();
  await page.getByRole('link', { name: 'Dropped' }).click();
  await page.getByRole('heading', { name: 'Sent' }).waitFor();
  await page.getByRole('link', { name: 'Add music' }).click();

  const copy = join(folder, 'copy.wav');
  const text = join(folder, 'no music.mp3');
  await writeFile(copy, song('Dropped', 30, 1));
  await writeFile(text, 'no music at all');
  await pick(page, [copy, text]);
  await row(page, 'copy.wav').getByText('Already there: Dropped').waitFor();
  await row(page, 'no music.mp3')
    .getByText(/^Not added: ./)
    .waitFor();

  // The server is killed while a file is on its way, and comes back: the page goes on by itself.
  const long = join(folder, 'long.wav');
  const bytes = song('Long', 400, 2);
  await writeFile(long, bytes);
  const offsets: number[] = [];
  await page.route(PARTS, async (route) => {
    const offset = route.request().headers()['upload-offset'];
    if (offset === undefined) return route.continue();
    offsets.push(Number(offset));
    if (offsets.length !== 3) return route.continue();
    await world.kill();
    return route.abort();
  });
  await pick(page, [long]);
  await row(page, 'long.wav').getByText('The server does not answer').waitFor();
  await world.start();
  await row(page, 'long.wav').getByText('Added: Long').waitFor();
  await page.unroute(PARTS);
  expect(offsets.length).toBeGreaterThan(3);
  expect(offsets.toSorted((a, b) => a - b)).toEqual(offsets);

  const api = new ApiBrowser(baseUrl);
  await api.call(routes.signIn, { body: { username: 'admin', password: WEB_PASSWORD } });
  const { uploads } = await api.call(routes.uploads, {});
  const outcome = uploads.find(({ name }) => name === 'long.wav')?.outcome;
  if (outcome?.kind !== 'added' || outcome.trackId === undefined) throw new Error('it was added');
  const client = new SubsonicClient(baseUrl, await world.credentials());
  const downloaded = await fetch(client.url('download', { id: outcome.trackId }));
  expect(sameBytes(new Uint8Array(await downloaded.arrayBuffer()), bytes)).toBe(true);
});

it('a file that was paused goes on after a reload where it was, once it is chosen again, and can be cancelled', {
  timeout: 300_000,
}, async (context) => {
  await using world = await startWorld(context);
  const { page, baseUrl, folder } = world;
  await signIn(page, baseUrl);
  await page.goto(`${baseUrl}/add`);
  const long = join(folder, 'long.wav');
  await writeFile(long, song('Long', 400, 3));
  let offsets: number[] = [];
  let mayPass = 2;
  await page.route(PARTS, async (route) => {
    const offset = route.request().headers()['upload-offset'];
    if (offset === undefined) return route.continue();
    if (mayPass-- <= 0) return route.abort();
    offsets.push(Number(offset));
    return route.continue();
  });
  await pick(page, [long]);
  await row(page, 'long.wav').getByText('The server does not answer').waitFor();
  await page.getByRole('button', { name: 'Pause: long.wav' }).click();
  await row(page, 'long.wav').getByText('Paused').waitFor();
  expect(offsets[0]).toBe(0);

  await page.reload();
  await row(page, 'long.wav').getByText('Choose the file again').waitFor();
  offsets = [];
  mayPass = 1_000;
  await pick(page, [long]);
  await row(page, 'long.wav').getByText('Added: Long').waitFor();
  expect(offsets[0]).toBeGreaterThan(0);

  const other = join(folder, 'other.wav');
  await writeFile(other, song('Other', 400, 4));
  mayPass = 1;
  await pick(page, [other]);
  await page.getByRole('button', { name: 'Cancel: other.wav' }).click();
  await expect.poll(() => row(page, 'other.wav').count()).toBe(0);
  const api = new ApiBrowser(baseUrl);
  await api.call(routes.signIn, { body: { username: 'admin', password: WEB_PASSWORD } });
  await expect
    .poll(async () => (await api.call(routes.uploads, {})).uploads.map(({ name }) => name))
    .toEqual(['long.wav']);
  await page.getByRole('button', { name: 'Clear what is done' }).click();
  await page.getByText('Nothing is on its way').waitFor();
});

function row(page: Page, name: string) {
  return page.locator('.upload', { hasText: name });
}

/** By the page's own button, as a person with a keyboard or a phone would. */
async function pick(page: Page, files: readonly string[]): Promise<void> {
  const choosing = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Choose files' }).click();
  await (await choosing).setFiles([...files]);
}

/** Onto whatever page is shown. */
async function drop(page: Page, name: string, bytes: Buffer): Promise<void> {
  const dataTransfer = await page.evaluateHandle(
    ([fileName, base64]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.fromBase64(base64)], fileName, { lastModified: 1 }));
      return transfer;
    },
    [name, bytes.toString('base64')] as const,
  );
  // What listens is loaded after the first page.
  await expect
    .poll(async () => {
      await page.dispatchEvent('.shell', 'dragover', { dataTransfer });
      return page.locator('.drop-veil').count();
    })
    .toBe(1);
  await page.dispatchEvent('.shell', 'drop', { dataTransfer });
}

/** A library of one other track, its server, which can go and come back, and a browser. */
async function startWorld(context: TestContext) {
  const stack = new AsyncDisposableStack();
  const browser = stack.use(await launchChromium(context));
  const folder = stack.use(await temporaryFolder('web-uploads'));
  const music = join(folder.path, 'music');
  await mkdir(music);
  await writeFile(join(music, 'first.wav'), toneWav(1, 9, { INAM: 'First', IART: 'Zenith', IPRD: 'Before' }));
  const port = await freePort();
  const start = () => startClef({ data: join(folder.path, 'data'), folders: [music], port });
  let server = await start();
  stack.defer(() => server[Symbol.asyncDispose]());
  // Ready is said before a first start has made its keys; with them comes the administrator.
  await server.credentials();
  const page = await browser.newPage({ locale: 'en-GB' });
  page.setDefaultTimeout(120_000);
  return {
    baseUrl: server.baseUrl,
    folder: folder.path,
    page,
    credentials: () => server.credentials(),
    kill: () => server.stop('SIGKILL'),
    async start() {
      server = await start();
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
