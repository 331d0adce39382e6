import type { Locator, Page } from 'playwright-core';
import { routes } from '../../src/api/index.ts';
import { type Keyboard, keyboardOf } from './keyboard.ts';
import { waitFor } from './wait-for.ts';
import { isCurrent, shown, WEB_PASSWORD } from './web-player.ts';
import type { WebWorld } from './web-world.ts';

const STEPS_OF_VOLUME = 10;
const PLAYLIST = 'By keys';

type KeyAction = readonly [name: string, run: (keys: Keyboard, world: WebWorld) => Promise<void>];

/** What a listener does, in an order in which each finds what it needs. */
const ACTIONS: readonly KeyAction[] = [
  [
    'sign in',
    async ({ page, press, tabTo, type }) => {
      await tabTo(page.getByLabel('Name', { exact: true }));
      await type('admin');
      await tabTo(page.getByLabel('Password'));
      await type(WEB_PASSWORD);
      await press('Enter');
      await page.locator('.shell').waitFor();
    },
  ],
  [
    'go to an album',
    async ({ page, use }) => {
      await use(linkIn(page, 'Main', 'Albums'));
      await heading(page, 'Albums');
      await use(page.getByRole('main').getByRole('link', { name: 'Harbour Lights' }));
      await heading(page, 'Harbour Lights');
    },
  ],
  [
    'play it',
    async ({ page, use }) => {
      await use(page.getByRole('main').getByRole('button', { name: 'Play', exact: true }));
      await isCurrent(page, 'Departure');
      await becomes(page, 'playing');
    },
  ],
  [
    'pause',
    async ({ page, use }) => {
      await use(buttonOf(page, 'Pause'));
      await becomes(page, 'paused');
    },
  ],
  [
    'go to the next track',
    async ({ page, use }) => {
      await use(buttonOf(page, 'Next'));
      await isCurrent(page, 'Slow water');
    },
  ],
  [
    'seek',
    async ({ page, press, tabTo }) => {
      await tabTo(bar(page).getByRole('slider', { name: 'Position' }));
      for (let step = 0; step < 10; step++) await press('ArrowRight');
      await waitFor('another place', async () => (await shown(page)).seconds >= 8 || undefined);
    },
  ],
  [
    'turn it down',
    async ({ page, press, tabTo }) => {
      const slider = bar(page).getByRole('slider', { name: 'Volume' });
      await tabTo(slider);
      const before = Number(await slider.inputValue());
      for (let step = 0; step < STEPS_OF_VOLUME; step++) await press('ArrowDown');
      const wanted = before - STEPS_OF_VOLUME;
      await waitFor('less', async () => Number(await slider.inputValue()) === wanted || undefined);
    },
  ],
  [
    'open a context menu, and add to the queue',
    async ({ page, press, choose, tabTo, moveTo }) => {
      await tabTo(row(page));
      await moveTo('ArrowDown', row(page, 'Half the sky'));
      await press('Shift+F10');
      await choose('Add to queue');
      await page.getByText('1 track added to the queue').waitFor();
    },
  ],
  [
    'come back to the row when the menu closes',
    async ({ page, moveTo }) => {
      await moveTo('ArrowDown', row(page, 'Half the sky'));
    },
  ],
  [
    'like a track',
    async ({ page, press, moveTo }) => {
      const like = row(page, 'Half the sky').getByRole('button', { name: 'Like Half the sky' });
      await moveTo('ArrowRight', like);
      // It may be the one that was liked while pages were looked at.
      const wasLiked = (await like.getAttribute('aria-pressed')) === 'true';
      await press('Enter');
      await like.and(page.locator(`[aria-pressed=${!wasLiked}]`)).waitFor();
    },
  ],
  [
    'press keys faster than the page is drawn',
    async ({ page, press, tabTo }) => {
      await tabTo(row(page));
      await press('Home');
      const stayed = await page.evaluate(async () => {
        for (const key of ['ArrowDown', 'ArrowRight']) {
          document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
        }
        const led = document.activeElement;
        for (let frame = 0; frame < 3; frame++)
          await new Promise((resolve) => requestAnimationFrame(resolve));
        return led?.matches('[role=row] :is(a, button)') && led === document.activeElement;
      });
      if (!stayed) throw new Error('the focus went elsewhere');
    },
  ],
  [
    'select several tracks, and make a playlist of them',
    async ({ page, press, tabTo, use, type }) => {
      await tabTo(row(page));
      await press('Home');
      await press('Shift+ArrowDown');
      await page.locator('[role=row][aria-selected=true]').nth(1).waitFor();
      await use(page.getByRole('toolbar').getByRole('button', { name: 'Add to playlist' }));
      await use(page.getByRole('dialog').getByRole('button', { name: 'New playlist' }));
      await page.getByRole('dialog').getByLabel('Name').waitFor();
      await type(PLAYLIST);
      await press('Enter');
      await page.getByText(`2 tracks added to “${PLAYLIST}”`).waitFor();
    },
  ],
  [
    'put the queue into another order',
    async (keys) => {
      const { page, use } = keys;
      await use(bar(page).getByRole('link', { name: 'Queue' }));
      await heading(page, 'Now playing');
      await moveDown(keys, page.getByRole('grid', { name: 'Queue' }), 'Departure');
    },
  ],
  [
    'put a playlist into another order',
    async (keys, { api }) => {
      const { page, use } = keys;
      await use(linkIn(page, 'Main', 'Playlists'));
      await use(page.getByRole('main').getByRole('link', { name: PLAYLIST }));
      await heading(page, PLAYLIST);
      await moveDown(keys, page.getByRole('grid'), 'Departure');
      const { playlists } = await api.call(routes.playlists, {});
      const id = playlists.find(({ name }) => name === PLAYLIST)?.id ?? '';
      await waitFor('the order to be saved', async () => {
        const { tracks } = await api.call(routes.playlist, { params: { id } });
        return tracks[0]?.title === 'Slow water' || undefined;
      });
    },
  ],
  [
    'undo that the playlist was deleted',
    async ({ page, press, choose, use }, { api }) => {
      await use(page.getByRole('main').getByRole('button', { name: `More for ${PLAYLIST}` }));
      await choose('Delete playlist');
      await heading(page, 'Playlists');
      const line = page.getByRole('main').getByRole('link', { name: PLAYLIST });
      await line.waitFor({ state: 'detached' });
      await press('Control+z');
      await line.waitFor();
      const { playlists } = await api.call(routes.playlists, {});
      if (!playlists.some(({ name }) => name === PLAYLIST)) throw new Error('it is gone');
    },
  ],
  [
    'search, and play what was found',
    async ({ page, press, moveTo, type }) => {
      await press('/');
      await heading(page, 'Search');
      await moveTo('Tab', page.getByRole('searchbox'));
      await type('departure');
      await row(page, 'Departure').waitFor();
      await moveTo('ArrowDown', row(page, 'Departure'));
      await press('Enter');
      await isCurrent(page, 'Departure');
      await becomes(page, 'playing');
    },
  ],
  [
    'keep an album on the device',
    async ({ page, choose, use }) => {
      await use(linkIn(page, 'Main', 'Albums'));
      await use(page.getByRole('main').getByRole('link', { name: 'Harbour Lights' }));
      await use(page.getByRole('main').getByRole('button', { name: 'More for Harbour Lights' }));
      await choose('Keep on this device');
      await page.getByText('Harbour Lights is on this device.').waitFor();
    },
  ],
  [
    'sign out',
    async ({ page, use }) => {
      await use(page.getByRole('button', { name: 'Sign out' }));
      await page.getByLabel('Password').waitFor();
    },
  ],
];

/** Does it all in a browser of its own. Answers what could not be done, and where the focus could not be seen. */
export async function runKeyActions(world: WebWorld, say: (text: string) => void) {
  const page = await world.newPage();
  await page.goto(`${world.baseUrl}/sign-in`);
  await page.getByLabel('Password').waitFor();
  const keys = keyboardOf(page);
  const failed: string[] = [];
  for (const [name, run] of ACTIONS) {
    try {
      await run(keys, world);
      say(`by keyboard: ${name}`);
    } catch (error) {
      say(`not by keyboard: ${name}: ${error instanceof Error ? error.message : String(error)}`);
      failed.push(name);
    }
  }
  await page.close();
  return { done: ACTIONS.length - failed.length, failed, ...keys.trace() };
}

/** Drags a row below the next one: Enter on its handle, arrows, Enter. */
async function moveDown(
  { page, press, moveTo, tabTo }: Keyboard,
  list: Locator,
  title: string,
): Promise<void> {
  await tabTo(list.getByRole('row'));
  await moveTo('ArrowDown', list.getByRole('row', { name: title }));
  await moveTo('ArrowRight', list.getByRole('button', { name: `Move ${title}` }));
  const before = await list.getByRole('row').allTextContents();
  await press('Enter');
  await page.locator('.drop-line').first().waitFor({ state: 'attached' });
  await press('ArrowDown');
  await press('Enter');
  await waitFor('another order', async () => {
    const after = await list.getByRole('row').allTextContents();
    return (after[0] === before[1] && after[1] === before[0]) || undefined;
  });
}

function bar(page: Page): Locator {
  return page.getByRole('region', { name: 'Player' });
}

function buttonOf(page: Page, name: string): Locator {
  return bar(page).locator('.player-centre').getByRole('button', { name, exact: true });
}

function linkIn(page: Page, navigation: string, name: string): Locator {
  return page.getByRole('navigation', { name: navigation }).getByRole('link', { name, exact: true });
}

function row(page: Page, title?: string): Locator {
  return title === undefined
    ? page.locator('[role=row][tabindex="0"]')
    : page.locator('[role=row]', { hasText: title });
}

function heading(page: Page, name: string): Promise<void> {
  return page.getByRole('heading', { name, level: 1 }).waitFor({ state: 'attached' });
}

async function becomes(page: Page, wanted: 'playing' | 'paused'): Promise<void> {
  await page.waitForFunction((state) => navigator.mediaSession.playbackState === state, wanted);
}
