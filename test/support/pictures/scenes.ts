import type { Page } from 'playwright-core';

/** One thing to be seen of the player. */
export interface Scene {
  readonly name: string;
  /** As the player's routes have it, or with more after it; $names stand for what the library has. */
  readonly path: string;
  /** Differs little from other scenes: a phone by day and a desk by night are enough. */
  readonly isBrief?: boolean;
  /** As if server or network would: not answer at all, with a fault, not be there, or have nothing. */
  readonly answer?: 'never' | 'fault' | 'cut' | 'nothing';
  /** Brings about what is to be seen; the page is open. */
  readonly prepare?: (page: Page) => Promise<void>;
}

/** Every page, and what a page looks like that waits, fails, is empty, or has something over it. */
export const scenes: readonly Scene[] = [
  { name: 'sign-in', path: '/sign-in' },
  { name: 'home', path: '/' },
  { name: 'albums', path: '/albums' },
  { name: 'album', path: '/albums/$albumId' },
  { name: 'artists', path: '/artists' },
  { name: 'artist', path: '/artists/$artistId' },
  { name: 'tracks', path: '/tracks' },
  { name: 'genres', path: '/genres' },
  { name: 'genre', path: '/genres/$genre' },
  { name: 'folders', path: '/folders' },
  { name: 'favourites', path: '/favourites' },
  { name: 'playlists', path: '/playlists' },
  { name: 'playlist', path: '/playlists/$playlistId' },
  { name: 'search', path: '/search?q=otis' },
  { name: 'matrix', path: '/matrix' },
  { name: 'track-matrix', path: '/matrix/$trackId' },
  { name: 'now', path: '/now' },
  { name: 'kept', path: '/kept' },
  { name: 'settings', path: '/settings' },
  { name: 'devices', path: '/devices', prepare: (page) => page.locator('.badge').first().waitFor() },
  { name: 'add', path: '/add' },
  { name: 'admin', path: '/admin' },
  brief('home-empty', '/', { answer: 'nothing' }),
  brief('albums-waiting', '/albums', { answer: 'never' }),
  brief('albums-failed', '/albums', { answer: 'fault' }),
  brief('albums-offline', '/albums', { answer: 'cut' }),
  brief('album-long', '/albums/$longAlbumId'),
  brief('album-right-to-left', '/albums/$rightToLeftAlbumId'),
  brief('album-menu', '/albums/$albumId', { prepare: openMenu }),
  brief('favourites-empty', '/favourites', { answer: 'nothing' }),
  brief('search-begun', '/search'),
  brief('search-none', '/search?q=nothing%20of%20the%20kind'),
  brief('now-lyrics', '/now', { prepare: openLyrics }),
  brief('now-empty', '/now', { answer: 'nothing' }),
  brief('playing-on', '/genres', { prepare: openPlayingOn }),
  brief('nowhere', '/nowhere'),
  brief('shortcuts', '/genres', { prepare: (page) => page.keyboard.press('?') }),
];

function brief(name: string, path: string, more: Partial<Scene> = {}): Scene {
  return { name, path, isBrief: true, ...more };
}

async function openMenu(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'More for Harbour Lights' }).click();
  await page.getByRole('menuitem').first().waitFor();
}

/** The other device is the browser in which pictures of other widths are taken. */
async function openPlayingOn(page: Page): Promise<void> {
  const bar = page.locator('.player-bar');
  await bar.locator('.now-title').waitFor({ state: 'attached' });
  if (await bar.locator('.mini-open').isVisible()) await bar.locator('.mini-open').click();
  await page.getByRole('button', { name: 'Where it plays' }).last().click();
  const dialog = page.getByRole('dialog', { name: 'Where it plays' });
  await dialog.locator('.playing-on-device').nth(1).waitFor();
}

async function openLyrics(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Lyrics' }).click();
  await page.getByText('Lamps along the water').waitFor();
}
