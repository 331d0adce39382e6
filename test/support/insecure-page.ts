import type { Page } from 'playwright-core';

/** Of no host: only a browser ever hears it. */
const ELSEWHERE = 'http://clef.test';

/** The player as another machine would see it over plain HTTP, where browsers refuse to decrypt. */
export async function openInsecurePage(page: Page, baseUrl: string): Promise<void> {
  await page.route(`${ELSEWHERE}/**`, async (route) => {
    const { pathname, search } = new URL(route.request().url());
    await route.fulfill({ response: await route.fetch({ url: `${baseUrl}${pathname}${search}` }) });
  });
  await page.goto(`${ELSEWHERE}/`);
  await page.getByText('clef tls init').waitFor();
}
