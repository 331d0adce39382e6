import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { describe, expect, it, type TestContext } from 'vitest';
import { CHUNK_BYTES } from '../../src/crypto/index.ts';
import { bundleForPage } from '../support/bundle-page.ts';
import { launchChromium } from '../support/chromium.ts';
import { startClef, temporaryFolder } from '../support/clef-process.ts';
import type * as KeptPage from '../support/kept-page.ts';
import { Needles } from '../support/needles.ts';
import { toneWav } from '../support/wav.ts';

declare global {
  interface Window {
    keptPage: typeof KeptPage;
  }
}

const PASSWORD = 'correct horse battery staple';
const SECONDS = 12;

/** A server with one album, and a browser that is signed in there. */
async function startListening(context: TestContext, basePath: string) {
  const browser = await launchChromium(context);
  context.onTestFinished(() => browser.close());
  const place = await temporaryFolder('offline');
  context.onTestFinished(() => place[Symbol.asyncDispose]());
  const album = join(place.path, 'music', 'Album');
  await mkdir(album, { recursive: true });
  const wav = toneWav(SECONDS);
  await writeFile(join(album, '01 one.wav'), wav);
  const server = await startClef({
    data: join(place.path, 'data'),
    folders: [join(place.path, 'music')],
    basePath,
  });
  context.onTestFinished(() => server[Symbol.asyncDispose]());
  const page = await browser.newPage({ locale: 'en-GB' });
  const faults: string[] = [];
  page.on('console', (message) => {
    if (/content security policy|integrity/i.test(message.text())) faults.push(message.text());
  });
  const address = server.baseUrl + basePath;
  const signIn = () =>
    page.request.post(`${address}/api/v1/session`, {
      headers: { 'x-clef-request': '1' },
      data: { username: 'admin', password: PASSWORD },
    });
  await expect.poll(async () => (await signIn()).status(), { timeout: 30_000 }).toBe(200);
  await page.goto(`${address}/`);
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  return { server, page, address, wav, faults };
}

/** Of what the server answers to the page itself. */
function ask<Answer>(page: Page, address: string): Promise<Answer> {
  return page.evaluate(async (from) => (await fetch(from)).json() as Promise<never>, address);
}

async function onlyAlbum(page: Page, address: string): Promise<string> {
  let albums: { readonly id: string }[] = [];
  await expect
    .poll(
      async () => {
        ({ albums } = await ask<{ albums: typeof albums }>(page, `${address}/api/v1/albums`));
        return albums.length;
      },
      { timeout: 30_000 },
    )
    .toBe(1);
  return (albums[0] as { readonly id: string }).id;
}

describe.each(['', '/clef'])('a player under "%s/"', (basePath) => {
  it('opens without its server and plays the album that was kept, of which only ciphertext lies here', {
    timeout: 120_000,
  }, async (context) => {
    const { server, page, address, wav, faults } = await startListening(context, basePath);
    const albumId = await onlyAlbum(page, address);
    const account = await ask<{ account: { id: string } }>(page, `${address}/api/v1/session`);
    const { tracks } = await ask<{ tracks: { id: string }[] }>(page, `${address}/api/v1/albums/${albumId}`);
    const trackId = tracks[0]?.id ?? '';

    await page.goto(`${address}/albums/${albumId}`);
    await page
      .getByRole('button', { name: /^More for/ })
      .first()
      .click();
    await page.getByRole('menuitem', { name: 'Keep on this device' }).click();
    await page.getByText(/ is on this device\.$/).waitFor();
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await server.stop('SIGKILL');

    await page.reload();
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
    await page.getByRole('link', { name: 'On this device' }).first().click();
    await page.getByRole('button', { name: /^Remove .* from this device$/ }).waitFor();
    await page.getByText(/^Clef takes [\d.]+ MB on this device\./).waitFor();
    await page.getByRole('button', { name: 'Play', exact: true }).first().click();
    await page.getByRole('button', { name: 'Pause' }).first().waitFor();
    await expect
      .poll(() => page.evaluate(() => navigator.mediaSession.playbackState), { timeout: 10_000 })
      .toBe('playing');

    const entry = fileURLToPath(new URL('../support/kept-page.ts', import.meta.url));
    await page.evaluate(await bundleForPage(entry, 'keptPage'));
    const chunkCount = Math.ceil(wav.length / CHUNK_BYTES);
    const read = await page.evaluate((question) => window.keptPage.read(...question), [
      basePath,
      account.account.id,
      trackId,
      chunkCount,
    ] as const);
    const heard = Buffer.concat(read.map((bytes) => Buffer.from(bytes, 'base64')));
    expect(heard.equals(Buffer.from(wav))).toBe(true);

    const windows = new Needles();
    for (let at = 0; at + 16 <= wav.length; at += 1_024) windows.add(wav.subarray(at, at + 16));
    const cached = await page.evaluate(() => window.keptPage.cached());
    const found = cached.filter(({ bytes }) => windows.findIn(Buffer.from(bytes, 'base64')).length > 0);
    expect(found).toEqual([]);
    expect(cached.filter(({ address: at }) => at.includes('/api/v1/'))).toEqual([]);
    const sealed = cached.filter(({ address: at }) => at.includes('/kept/'));
    const sealedBytes = sealed.reduce((sum, { bytes }) => sum + Buffer.from(bytes, 'base64').length, 0);
    expect(sealedBytes).toBeGreaterThan(wav.length);
    expect(faults).toEqual([]);
  });
});
