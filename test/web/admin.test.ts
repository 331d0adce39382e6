import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { expect, it, type TestContext } from 'vitest';
import { routes } from '../../src/api/index.ts';
import { ApiBrowser } from '../support/api-browser.ts';
import { launchChromium } from '../support/chromium.ts';
import { startClef, temporaryFolder } from '../support/clef-process.ts';
import { toneWav } from '../support/wav.ts';
import { signIn, WEB_PASSWORD } from '../support/web-player.ts';

const SOON = { timeout: 30_000 };

it('an administrator adds and disables people and imports; nobody else sees the page', {
  timeout: 300_000,
}, async (context) => {
  await using world = await startWorld(context);
  const { page, baseUrl, music } = world;
  await page.getByRole('link', { name: 'Administration' }).click();

  const people = page.getByRole('region', { name: 'People' });
  await people.getByLabel('Name', { exact: true }).fill('Nils');
  await people.getByRole('button', { name: 'Add', exact: true }).click();
  await people.getByText('Nils may sign in.').waitFor();
  const first = await shownOnce(people);
  const nils = new ApiBrowser(baseUrl);
  await nils.call(routes.signIn, { body: { username: 'Nils', password: first } });

  await people.getByLabel('Name', { exact: true }).fill('nils');
  await people.getByRole('button', { name: 'Add', exact: true }).click();
  await people.getByText('Somebody has that name already.').waitFor();

  await people.getByRole('button', { name: 'Manage Nils' }).click();
  await people.getByRole('button', { name: 'New password' }).click();
  await page.getByRole('button', { name: 'Make it' }).click();
  await people.getByText('New password for Nils.').waitFor();
  const second = await shownOnce(people);
  expect(second).not.toBe(first);
  expect(await nils.problem(routes.session, {})).toMatchObject({ code: 'not-signed-in' });

  await isRefused(world, second);

  await people.getByRole('button', { name: 'Disable' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
  await people.getByText(/may not sign in since/).waitFor();
  const again = { body: { username: 'Nils', password: second } };
  expect(await nils.problem(routes.signIn, again)).toMatchObject({ code: 'not-allowed' });
  await people.getByRole('button', { name: 'Enable' }).click();
  await people.getByText(/may not sign in since/).waitFor({ state: 'detached' });
  await nils.call(routes.signIn, again);

  const importing = page.getByRole('region', { name: 'Import' });
  await importing.getByText(/^Last looked through/).waitFor(SOON);
  expect(await figure(importing, 'faults')).toBe('0');
  for (const seconds of [3, 4]) await writeFile(join(music, `${seconds}.wav`), toneWav(seconds));
  await writeFile(join(music, 'noise.flac'), 'this is not music');
  // From here on the page knows only what the server tells by itself.
  await page.route('**/api/v1/admin/import', (route) =>
    route.request().method() === 'GET' ? route.abort() : route.continue(),
  );
  await page.evaluate(watchProgress);
  await importing.getByRole('button', { name: 'Look for new music' }).click();
  await expect.poll(() => figure(importing, 'added'), SOON).toBe('2');
  expect(await figure(importing, 'faults')).toBe('1');
  await importing.getByText('noise.flac').waitFor();
  await importing.getByText(/not audio/).waitFor();
  expect(await page.evaluate(() => globalThis.progressWasSeen)).toBe(true);
});

/** Somebody who is no administrator: no way there, and a page that says so at the address. */
async function isRefused({ newPage, baseUrl }: World, password: string): Promise<void> {
  const page = await newPage();
  await signIn(page, baseUrl, { username: 'Nils', password });
  await page.getByRole('link', { name: 'Settings' }).waitFor();
  expect(await page.getByRole('link', { name: 'Administration' }).count()).toBe(0);
  await page.goto(`${baseUrl}/admin`);
  await page.getByText('For administrators').waitFor();
  expect(await page.getByRole('region', { name: 'People' }).count()).toBe(0);
}

declare global {
  var progressWasSeen: boolean | undefined;
}

/** In the page: an import may be over before anybody asks. */
function watchProgress(): void {
  new MutationObserver(() => {
    globalThis.progressWasSeen ||= document.querySelector('progress') !== null;
  }).observe(document.body, { childList: true, subtree: true });
}

/** The last of what is shown once: the password. */
async function shownOnce(people: Locator): Promise<string> {
  return (await people.locator('.shown-once code').last().textContent()) ?? '';
}

function figure(panel: Locator, label: string): Promise<string | null> {
  return panel.locator('.figure', { hasText: label }).locator('dd').textContent();
}

type World = Awaited<ReturnType<typeof startWorld>>;

async function startWorld(context: TestContext) {
  const stack = new AsyncDisposableStack();
  const browser = stack.use(await launchChromium(context));
  const { path } = stack.use(await temporaryFolder('admin'));
  const music = join(path, 'music');
  await mkdir(music);
  await writeFile(join(music, 'one.wav'), toneWav(2));
  const { baseUrl } = stack.use(await startClef({ data: join(path, 'data'), folders: [music] }));
  /** Of somebody who shares no cookie with the others. */
  const newPage = async (): Promise<Page> => (await browser.newContext({ locale: 'en-GB' })).newPage();
  const page = await newPage();
  await signIn(page, baseUrl, { username: 'admin', password: WEB_PASSWORD });
  return { page, newPage, baseUrl, music, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
