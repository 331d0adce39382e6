import type { Browser, BrowserContext, Page } from 'playwright-core';
import { frameTimes, servePlainPages } from '../support/frame-times.ts';
import { waitFor } from '../support/wait-for.ts';
import { WEB_PASSWORD } from '../support/web-player.ts';
import { median, quantile } from './tools.ts';

const FRAMES = 240;
const JUMPS = 60;
const INDEXED_WITHIN_MS = 15 * 60_000;

/** Path of a page that is one long list -> an entry of it, and one whose content is there. */
const LISTS = {
  tracks: { entry: '[role=row]', filled: '[role=row] .row-title' },
  albums: { entry: '.card-grid > li', filled: '.card-grid .card-title' },
  artists: { entry: '.card-grid > li', filled: '.card-grid .card-title' },
} as const;
type ListName = keyof typeof LISTS;
const listNames = Object.keys(LISTS) as ListName[];

export interface LongLists {
  readonly baseUrl: string;
  /** Of tracks, albums and artists each; the last track is named by `lastTitle`. */
  readonly count: number;
  readonly lastTitle: string;
  readonly runs: number;
  readonly say: (text: string) => void;
}

/** What a person with a library of such a size sees of it, in numbers. */
export async function measureLongLists(browser: Browser, lists: LongLists) {
  await using plain = await servePlainPages();
  const context = await signedIn(browser, lists.baseUrl);
  const page = await context.newPage();
  await untilIndexed(context, lists);

  const paints = await firstPaints(browser, lists, plain.emptyUrl);
  const frames: Record<string, unknown> = {};
  const ends: Record<string, number> = {};
  const reference = await scrolling(page, plain.listUrl, 'div', lists.runs);
  frames['plain list of text'] = reference;
  for (const name of listNames) {
    const { entry, filled } = LISTS[name];
    const openedMs = await opened(page, `${lists.baseUrl}/${name}`, filled);
    frames[name] = { openedMs, ...(await scrolling(page, undefined, filled, lists.runs)) };
    ends[name] = await endOf(page, entry);
    lists.say(`${name}: ${JSON.stringify(frames[name])}, ends with ${ends[name]}`);
  }
  return {
    paints,
    frames,
    ends,
    letter: await letterReached(page, lists.baseUrl),
    lastFound: await isFound(page, lists),
    memory: await memory(page, lists.baseUrl),
  };
}

async function signedIn(browser: Browser, baseUrl: string): Promise<BrowserContext> {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 } });
  await waitFor('the first sign-in', async () => {
    const response = await context.request.post(`${baseUrl}/api/v1/session`, {
      headers: { 'x-clef-request': '1' },
      data: { username: 'admin', password: WEB_PASSWORD },
    });
    return response.ok() ? true : undefined;
  });
  return context;
}

/** The last track comes last into the index; nothing else is at work then. */
async function untilIndexed({ request }: BrowserContext, { baseUrl, lastTitle }: LongLists): Promise<void> {
  await waitFor(
    'the search index',
    async () => {
      const response = await request.get(`${baseUrl}/api/v1/search`, { params: { q: lastTitle } });
      const { tracks } = (await response.json()) as { tracks: readonly unknown[] };
      return tracks.length > 0 ? true : undefined;
    },
    { timeoutMs: INDEXED_WITHIN_MS },
  );
}

/** In turns, so that all meet the machine's moods. */
async function firstPaints(browser: Browser, { baseUrl, runs }: LongLists, emptyUrl: string) {
  const times = {
    fresh: [] as number[],
    warm: [] as number[],
    empty: [] as number[],
    firstAlbum: [] as number[],
  };
  const warm = await signedIn(browser, baseUrl);
  const known = await warm.newPage();
  await known.goto(baseUrl);
  await known.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  for (let run = 0; run < runs; run++) {
    const context = await signedIn(browser, baseUrl);
    const page = await context.newPage();
    times.empty.push(await firstPaint(page, emptyUrl));
    times.fresh.push(await firstPaint(page, baseUrl));
    await page.locator('.card-title').first().waitFor();
    times.firstAlbum.push(await page.evaluate(() => performance.now()));
    await context.close();
    times.warm.push(await firstPaint(known, baseUrl));
  }
  await warm.close();
  return {
    freshMs: round(median(times.fresh)),
    warmMs: round(median(times.warm)),
    emptyPageMs: round(median(times.empty)),
    firstAlbumShownMs: round(median(times.firstAlbum)),
    runs,
  };
}

async function firstPaint(page: Page, url: string): Promise<number> {
  await page.goto(url);
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) => {
          const [entry] = list.getEntriesByName('first-contentful-paint');
          if (entry) resolve(entry.startTime);
        }).observe({ type: 'paint', buffered: true });
      }),
  );
}

/** Milliseconds until an entry is there with its content. */
async function opened(page: Page, url: string, filled: string): Promise<number> {
  await page.goto(url);
  await page.locator(filled).first().waitFor();
  return round(await page.evaluate(() => performance.now()));
}

/** Scrolls at places all over the list, each run at another, and waits there for what is missing. */
async function scrolling(page: Page, url: string | undefined, filled: string, runs: number) {
  if (url !== undefined) await page.goto(url);
  const p95: number[] = [];
  const longest: number[] = [];
  const filledMs: number[] = [];
  for (let run = 0; run < runs; run++) {
    filledMs.push(await jump(page, (run + 0.3) / (runs + 1), filled));
    const times = await frameTimes(page, FRAMES);
    p95.push(quantile(times, 0.95));
    longest.push(Math.max(...times));
  }
  return {
    p95Ms: round(median(p95)),
    longestMs: round(median(longest)),
    filledAfterJumpMs: round(median(filledMs)),
    runs,
  };
}

/** Puts the window at a share of the page's height; answers how long its rows then took to show what they are. */
function jump(page: Page, share: number, filled: string): Promise<number> {
  return page.evaluate(
    async ([share, filled]) => {
      const startedMs = performance.now();
      scrollTo({ top: share * document.documentElement.scrollHeight, behavior: 'instant' });
      const isShown = () =>
        [...document.querySelectorAll(filled)].some((element) => {
          const { top, bottom } = element.getBoundingClientRect();
          return bottom > 0 && top < innerHeight;
        });
      do {
        await new Promise(requestAnimationFrame);
      } while (!isShown());
      return performance.now() - startedMs;
    },
    [share, filled] as const,
  );
}

/** Number of the last entry that there is at the end of the page. */
async function endOf(page: Page, entry: string): Promise<number> {
  await page.evaluate(() => scrollTo({ top: document.documentElement.scrollHeight, behavior: 'instant' }));
  await page.waitForTimeout(500);
  return page.evaluate((entry) => {
    const last = [...document.querySelectorAll(entry)].at(-1);
    return Number(last?.getAttribute('aria-rowindex') ?? last?.getAttribute('aria-posinset') ?? 0);
  }, entry);
}

/** Presses a letter of the artists' index; answers it and the first name that is then on the screen. */
async function letterReached(page: Page, baseUrl: string): Promise<{ letter: string; name: string }> {
  await page.goto(`${baseUrl}/artists`);
  const button = page.locator('.letters').getByRole('button', { name: 'M', exact: true });
  await button.click();
  const name = await waitFor('an artist at this letter', () =>
    page.evaluate(() => {
      const index = document.querySelector('.letters')?.getBoundingClientRect().bottom ?? 0;
      const first = [...document.querySelectorAll('.card-grid .card')].find(
        (card) => card.getBoundingClientRect().top >= Math.max(0, index) - 1,
      );
      return first?.querySelector('.card-title')?.textContent ?? undefined;
    }),
  );
  return { letter: 'M', name };
}

async function isFound(page: Page, { baseUrl, lastTitle }: LongLists): Promise<boolean> {
  await page.goto(`${baseUrl}/search`);
  await page.locator('#search-field').fill(lastTitle);
  await page.locator('[role=row] .row-title', { hasText: lastTitle }).first().waitFor();
  return true;
}

/** Of the page's scripts, after a look at places all over the list of tracks, and what the browser then still keeps. */
async function memory(page: Page, baseUrl: string) {
  await opened(page, `${baseUrl}/tracks`, LISTS.tracks.filled);
  const atStart = await heapOf(page);
  for (let place = 1; place <= JUMPS; place++) await jump(page, place / (JUMPS + 1), LISTS.tracks.filled);
  return { atStart, places: JUMPS, after: await heapOf(page) };
}

async function heapOf(page: Page) {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  const valueOf = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
  await session.detach();
  return { heapMiB: round(valueOf('JSHeapUsedSize') / 1_048_576), elements: valueOf('Nodes') };
}

function round(value: number): number {
  return Number(value.toFixed(1));
}
