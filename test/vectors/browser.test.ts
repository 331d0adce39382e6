import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { bundleForPage } from '../support/bundle-page.ts';
import { launchChromium, servePage } from '../support/chromium.ts';
import { type Content, expectedContent, openAll, type Parcel, seal } from './exchange.ts';

declare global {
  interface Window {
    exchange?: { seal(): Promise<Parcel>; openAll(parcel: Parcel): Promise<Content[]> };
  }
}

const entry = fileURLToPath(new URL('exchange.ts', import.meta.url));

it('the same crypto files run in a browser: each side opens what the other sealed', async (context) => {
  await using browser = await launchChromium(context);
  await using server = await servePage(await bundleForPage(entry, 'exchange'));
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
