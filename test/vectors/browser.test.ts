import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { expect, it } from 'vitest';
import { launchChromium, servePage } from '../support/chromium.ts';
import { type Content, expectedContent, openAll, type Parcel, seal } from './exchange.ts';

declare global {
  interface Window {
    exchange?: { seal(): Promise<Parcel>; openAll(parcel: Parcel): Promise<Content[]> };
  }
}

/** The crypto folder as the web player gets it, and the exchange that uses it. */
async function bundle(): Promise<string> {
  const entry = fileURLToPath(new URL('exchange.ts', import.meta.url));
  const result = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, target: 'esnext', lib: { entry, name: 'exchange', formats: ['iife'] } },
  });
  const [output] = Array.isArray(result) ? result : [];
  const [chunk] = output?.output ?? [];
  if (chunk?.type !== 'chunk') throw new Error('vite made no bundle');
  return `${chunk.code}\nwindow.exchange = exchange;`;
}

it('the same crypto files run in a browser: each side opens what the other sealed', async (context) => {
  await using browser = await launchChromium(context);
  await using server = await servePage(await bundle());
  const page = await browser.newPage();
  await page.goto(server.url);
  await page.waitForFunction(() => window.exchange !== undefined);
  expect(await page.evaluate(() => window.isSecureContext)).toBe(true);

  const expected = await expectedContent();
  const fromPage = await page.evaluate(() => window.exchange?.seal());
  if (fromPage === undefined) throw new Error('the page has sealed nothing');
  expect(await openAll(fromPage)).toEqual([expected, expected]);
  const opened = await page.evaluate((parcel) => window.exchange?.openAll(parcel), await seal());
  expect(opened).toEqual([expected, expected]);
});
