import type { Page } from 'playwright-core';
import { visit, WEB_PASSWORD } from './web-player.ts';

/** Something that lies over a page or has changed on it. */
export interface WebState {
  readonly name: string;
  readonly widthPixels: number;
  /** From any page of somebody who has signed in and played. */
  readonly open: (page: Page, baseUrl: string) => Promise<void>;
}

const DESK = 1440;
const PHONE = 390;

export const webStates: readonly WebState[] = [
  state('the menu of a track', DESK, openTrackMenu),
  state('its ratings', DESK, async (page, baseUrl) => {
    await openTrackMenu(page, baseUrl);
    await page.getByRole('menuitem', { name: 'Rate' }).click();
    await page.getByRole('menuitem', { name: '5 stars' }).waitFor();
  }),
  state('adding to a playlist', DESK, async (page, baseUrl) => {
    await openTrackMenu(page, baseUrl);
    await page.getByRole('menuitem', { name: 'Add to playlist' }).click();
    await page.getByRole('dialog').getByText('For the train').waitFor();
  }),
  state('the menu of an album', DESK, async (page, baseUrl) => {
    await visit(page, `${baseUrl}/albums`);
    await page.getByRole('link', { name: 'Harbour Lights' }).first().click();
    await openMenu(page, 'More for Harbour Lights');
  }),
  state('the menu of an artist', DESK, async (page, baseUrl) => {
    await visit(page, `${baseUrl}/artists`);
    await page.getByRole('link', { name: 'Mira Solberg' }).first().click();
    await openMenu(page, 'More for Mira Solberg');
  }),
  state('the menu of a playlist', DESK, openPlaylistMenu),
  state('editing a playlist', DESK, async (page, baseUrl) => {
    await openPlaylistMenu(page, baseUrl);
    await page.getByRole('menuitem', { name: 'Edit details' }).click();
    await page.getByRole('dialog').waitFor();
  }),
  state('tracks selected, and a notice with undo', DESK, async (page, baseUrl) => {
    await visit(page, `${baseUrl}/tracks`);
    await page.getByRole('row').nth(1).click();
    await page
      .getByRole('row')
      .nth(0)
      .click({ modifiers: ['Shift'] });
    const toolbar = page.getByRole('toolbar');
    await toolbar.getByRole('button', { name: 'Like' }).click();
    const like = page.getByRole('row').nth(1).getByRole('button', { name: /^Like/ });
    await like.and(page.locator('[aria-pressed=true]')).waitFor();
    await like.click();
    await page.getByRole('button', { name: 'Undo' }).waitFor();
  }),
  state('favourites, of which there is one', DESK, (page, baseUrl) => visit(page, `${baseUrl}/favourites`)),
  state('lyrics', DESK, async (page, baseUrl) => {
    await visit(page, `${baseUrl}/now`);
    await page.getByRole('button', { name: 'Lyrics' }).click();
    await page.getByText('Lamps along the water').waitFor();
  }),
  state('keyboard shortcuts', DESK, async (page, baseUrl) => {
    await visit(page, `${baseUrl}/albums`);
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
  }),
  state('a device about to be revoked', DESK, async (page, baseUrl) => {
    await visit(page, `${baseUrl}/devices`);
    await page
      .getByRole('button', { name: /^Revoke / })
      .first()
      .click();
    await page.getByRole('dialog').waitFor();
  }),
  state('an app password, shown this once', DESK, async (page, baseUrl) => {
    await visit(page, `${baseUrl}/settings`);
    await page.getByLabel('Which player is it for?').fill('Phone');
    await page.getByRole('button', { name: 'New app password' }).click();
    const password = page.getByText('It is shown this once.');
    const question = page.getByRole('dialog', { name: 'Is it you?' });
    await password.or(question).waitFor();
    // Whoever signed in more than five minutes ago is asked again.
    if (await question.isVisible()) {
      await question.getByLabel('Password').fill(WEB_PASSWORD);
      await question.getByRole('button', { name: 'Go on' }).click();
      await password.waitFor();
    }
  }),
  state('nothing loaded, for the server does not answer', DESK, async (page, baseUrl) => {
    await visit(page, `${baseUrl}/settings`);
    const unanswered = '**/api/v1/genres';
    await page.route(unanswered, (route) => route.abort());
    await page.getByRole('link', { name: 'Genres' }).click();
    await page.getByRole('button', { name: 'Try again' }).waitFor({ timeout: 60_000 });
    await page.unroute(unanswered);
  }),
  state('the rest of the navigation, on a phone', PHONE, async (page, baseUrl) => {
    await visit(page, `${baseUrl}/`);
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('dialog').waitFor();
  }),
  state('the player, on a phone', PHONE, openSheet),
  state('a menu over the player, on a phone', PHONE, async (page, baseUrl) => {
    await openSheet(page, baseUrl);
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^More for/ })
      .click();
    await page.getByRole('menu').waitFor();
  }),
  state('a wrong password', DESK, async (page, baseUrl) => {
    await page.goto(`${baseUrl}/sign-in`);
    await page.locator('input[name=username]').fill('admin');
    await page.locator('input[name=password]').fill('not this one');
    await page.locator('button[type=submit]').click();
    await page.getByRole('alert').getByText(/\w/).waitFor();
  }),
];

function state(name: string, widthPixels: number, open: WebState['open']): WebState {
  return { name, widthPixels, open };
}

async function openMenu(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name }).first().click();
  await page.getByRole('menu').waitFor();
}

async function openTrackMenu(page: Page, baseUrl: string): Promise<void> {
  await visit(page, `${baseUrl}/tracks`);
  await openMenu(page, 'More for Departure');
}

async function openPlaylistMenu(page: Page, baseUrl: string): Promise<void> {
  await visit(page, `${baseUrl}/playlists`);
  await page.getByRole('link', { name: 'For the train' }).click();
  await openMenu(page, 'More for For the train');
}

async function openSheet(page: Page, baseUrl: string): Promise<void> {
  await visit(page, `${baseUrl}/`);
  await page.getByRole('button', { name: 'Open player' }).click();
  await page.getByRole('dialog', { name: 'Player' }).waitFor();
}
