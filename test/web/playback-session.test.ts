import type { Page } from 'playwright-core';
import { afterAll, expect, it, type TestContext } from 'vitest';
import { routes } from '../../src/api/index.ts';
import { ApiBrowser } from '../support/api-browser.ts';
import { openPlayingWorld, type PlayingWorld, PLAYING_SECONDS as SECONDS } from '../support/playing-world.ts';
import {
  isCurrent,
  playFromAlbum,
  reaches,
  seekTo,
  shown,
  signIn,
  WEB_PASSWORD,
} from '../support/web-player.ts';

declare global {
  interface Window {
    contexts: AudioContext[];
  }
}

const PATIENCE = { timeout: 30_000 };

let opening: Promise<PlayingWorld> | undefined;
let listeners = 0;
afterAll(async () => (await opening)?.[Symbol.asyncDispose]());

interface Listener extends AsyncDisposable {
  readonly world: PlayingWorld;
  readonly baseUrl: string;
  /** A page of a browser of its own, signed in. */
  open(prepare?: Prepare): Promise<Page>;
  /** The same, on which "Ebb" plays. */
  openPlaying(prepare?: Prepare): Promise<Page>;
}

type Prepare = (page: Page) => Promise<void>;

/** One whom no other test knows. */
async function newListener(context: Pick<TestContext, 'skip'>): Promise<Listener> {
  const world = await (opening ??= openPlayingWorld(context));
  const { baseUrl } = world;
  const admin = new ApiBrowser(baseUrl);
  await admin.call(routes.signIn, { body: { username: 'admin', password: WEB_PASSWORD } });
  const username = `listener-${++listeners}`;
  await admin.call(routes.addAccount, { body: { name: username, role: 'admin', password: WEB_PASSWORD } });
  const pages: Page[] = [];
  const open = async (prepare?: Prepare) => {
    const page = await world.newPage();
    pages.push(page);
    await prepare?.(page);
    await signIn(page, baseUrl, { username, password: WEB_PASSWORD });
    return page;
  };
  return {
    world,
    baseUrl,
    open,
    async openPlaying(prepare) {
      const page = await open(prepare);
      await playFromAlbum(page, baseUrl, 'Tides', 'Ebb');
      await reaches(page, 2);
      return page;
    },
    async [Symbol.asyncDispose]() {
      for (const page of pages) await page.close();
    },
  };
}

it('two pages are in step: what is done on one happens on the other, one of them is heard, and the music moves', {
  timeout: 240_000,
}, async (context) => {
  await using listener = await newListener(context);
  const { baseUrl } = listener;
  const one = await listener.openPlaying();

  const other = await listener.open();
  await isCurrent(other, 'Ebb');
  const control = (page: Page, name: string) =>
    page.locator('.player-centre').getByRole('button', { name, exact: true });
  await control(other, 'Pause').waitFor();
  await other.getByText(/^Playing on /).waitFor();

  // Both show the same place, by clocks of their own.
  const offSeconds = (await shown(other)).seconds - (await shown(one)).seconds;
  expect(Math.abs(offSeconds)).toBeLessThanOrEqual(1);

  await control(other, 'Pause').click();
  await expect.poll(async () => (await shown(one)).playing, PATIENCE).toBe(false);

  await control(other, 'Next').click();
  await isCurrent(one, 'Flow');
  await control(other, 'Play').click();
  await expect.poll(async () => (await shown(one)).playing, PATIENCE).toBe(true);
  await seekTo(other, 0.5);
  await reaches(one, 0.5 * SECONDS + 1);

  // What one puts into the queue stands in that of the other.
  await one.goto(`${baseUrl}/now`);
  await isCurrent(one, 'Flow');
  await expect.poll(async () => (await shown(one)).playing).toBe(false);

  // A page that was loaded anew is heard no more: the next to play is heard itself.
  await control(other, 'Play').click();
  await expect.poll(async () => (await shown(other)).playing, PATIENCE).toBe(true);
  await reaches(other, 0.5 * SECONDS + 1);
  await control(one, 'Pause').waitFor();
  await one.getByRole('button', { name: /Ebb.*queue|queue.*Ebb/ }).click();
  await expect.poll(() => rowsOf(one)).toBe(1);
  await other.getByRole('link', { name: 'Queue' }).click();
  await expect.poll(() => rowsOf(other), PATIENCE).toBe(1);

  // The music is taken over, and comes without a jump.
  const before = (await shown(other)).seconds;
  await one.getByRole('button', { name: /^Playing on / }).click();
  const dialog = one.getByRole('dialog', { name: 'Where it plays' });
  await dialog.getByRole('button', { name: 'Play here', exact: true }).first().click();
  await expect.poll(async () => (await shown(one)).playing, PATIENCE).toBe(true);
  await expect.poll(async () => (await shown(other)).playing, PATIENCE).toBe(false);
  await dialog.getByText(/took the music over/).waitFor();
  await one.keyboard.press('Escape');
  await reaches(one, before + 1);
  await isCurrent(other, 'Flow');
});

it('what is done without the server goes on here, and is there for the others when it is back', {
  timeout: 240_000,
}, async (context) => {
  await using listener = await newListener(context);
  const { baseUrl } = listener;
  const one = await listener.openPlaying();
  const other = await listener.open();
  await other.goto(`${baseUrl}/now`);
  await isCurrent(other, 'Ebb');

  await listener.world.kill();
  // The next one lies here already.
  await one.getByRole('button', { name: 'Next', exact: true }).first().click();
  await isCurrent(one, 'Flow');
  await reaches(one, 2);
  await isCurrent(other, 'Ebb');
  await listener.world.start();
  await isCurrent(other, 'Flow');
  await expect.poll(async () => (await shown(one)).playing).toBe(true);
  const offSeconds = async () => (await shown(other)).seconds - (await shown(one)).seconds;
  await expect.poll(async () => Math.abs(await offSeconds()), PATIENCE).toBeLessThanOrEqual(1);

  const { seconds } = await shown(one);
  await one.reload();
  await isCurrent(one, 'Flow');
  await expect.poll(async () => (await shown(one)).seconds, PATIENCE).toBeGreaterThanOrEqual(seconds);
  expect((await shown(one)).playing).toBe(false);
  await one.keyboard.press('Space');
  await expect.poll(async () => (await shown(one)).playing, PATIENCE).toBe(true);
});

it('a page that goes to another address while it plays leaves the music where it was, for itself and for others', {
  timeout: 240_000,
}, async (context) => {
  await using listener = await newListener(context);
  const one = await listener.openPlaying();
  await reaches(one, 5);
  const { seconds: before } = await shown(one);
  const startedMs = performance.now();
  await one.goto('about:blank');
  // The music plays on until the page goes, which may take its time.
  const latest = before + 1 + (performance.now() - startedMs) / 1_000;

  const other = await listener.open();
  await isCurrent(other, 'Ebb');
  await expect.poll(async () => (await shown(other)).seconds, PATIENCE).toBeGreaterThanOrEqual(before);
  const { seconds: left } = await shown(other);
  expect(left).toBeLessThanOrEqual(latest);
  const savedMs = await savedPositionMs(other);
  expect(Math.abs(savedMs / 1_000 - left - 0.5)).toBeLessThanOrEqual(1.5);

  await one.goBack();
  await isCurrent(one, 'Ebb');
  for (const page of [one, other]) {
    await expect.poll(async () => (await shown(page)).seconds, PATIENCE).toBe(left);
    expect(await shown(page)).toMatchObject({ playing: false, waiting: false });
  }
});

it('a page that nobody has touched says that it waits for a tap where the music is handed over to it, and plays after one', {
  timeout: 240_000,
}, async (context) => {
  await using listener = await newListener(context);
  const { baseUrl } = listener;
  const one = await listener.openPlaying();
  const other = await listener.world.newPage();
  await other.context().addCookies(await one.context().cookies());
  await keepSilent(other);
  await other.goto(baseUrl);
  await isCurrent(other, 'Ebb');

  await one.getByRole('button', { name: 'Where it plays' }).click();
  const dialog = one.getByRole('dialog', { name: 'Where it plays' });
  await dialog.getByRole('button', { name: /^Play there: / }).click();
  await other.getByText('Tap to play here').waitFor();
  await dialog.getByText('Waits for a tap there').waitFor();
  const { seconds } = await shown(other);
  await other.locator('main').click({ position: { x: 5, y: 5 } });
  await reaches(other, seconds + 2);
  await other.getByText('Tap to play here').waitFor({ state: 'detached' });
  await dialog.getByText('Waits for a tap there').waitFor({ state: 'detached' });
  expect((await shown(other)).playing).toBe(true);
});

it('a track plays beside the queue, is steered from another page, and ends without the queue', {
  timeout: 240_000,
}, async (context) => {
  await using listener = await newListener(context);
  const one = await listener.openPlaying(countContexts);
  await one.getByRole('button', { name: 'More for Flow' }).click();
  await one.getByRole('menuitem', { name: 'Play beside the queue' }).click();
  await one.getByText('Flow plays beside the queue.').waitFor();
  // Two engines, and so two contexts that run.
  const running = () => one.evaluate(() => window.contexts.filter(({ state }) => state === 'running').length);
  await expect.poll(running, PATIENCE).toBe(2);

  const other = await listener.open();
  await other.locator('.playing-on-button').click();
  const dialog = other.getByRole('dialog', { name: 'Where it plays' });
  await dialog.getByRole('button', { name: 'Pause Flow' }).click();
  await dialog.getByRole('button', { name: 'Play Flow', exact: true }).waitFor();
  expect((await shown(one)).playing).toBe(true);
  await dialog.getByRole('button', { name: 'End Flow' }).click();
  await dialog.getByText('Beside the queue').waitFor({ state: 'hidden' });
  await expect.poll(running, PATIENCE).toBe(1);
  expect((await shown(one)).playing).toBe(true);
});

async function countContexts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.contexts = [];
    window.AudioContext = class extends AudioContext {
      constructor(options?: AudioContextOptions) {
        super(options);
        window.contexts.push(this);
      }
    };
  });
}

/** As browsers do with a page that nobody has touched. Whoever steers this one by the protocol of a debugger counts as touching it. */
async function keepSilent(page: Page): Promise<void> {
  await page.addInitScript(() => {
    let isTouched = false;
    addEventListener('pointerdown', () => (isTouched = true), { capture: true });
    const userActivation = {
      get hasBeenActive() {
        return isTouched;
      },
    };
    Object.defineProperty(navigator, 'userActivation', { value: userActivation });
    globalThis.AudioContext = class extends AudioContext {
      constructor(options?: AudioContextOptions) {
        super(options);
        if (!isTouched) void this.suspend();
      }

      override resume(): Promise<void> {
        return isTouched ? super.resume() : new Promise(() => undefined);
      }
    };
  });
}

/** As players read it that take part in no session. */
function savedPositionMs(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const answer = await fetch('api/v1/queue');
    return ((await answer.json()) as { positionMs: number }).positionMs;
  });
}

function rowsOf(page: Page): Promise<number> {
  return page.locator('.ordered-row').count();
}
