import type { Page } from 'playwright-core';
import type { Scene } from './scenes.ts';

/** A Wednesday morning. */
export const NOW_MS = Date.parse('2026-03-04T09:00:00Z');
const SOME_DAYS_AGO_MS = NOW_MS - 9 * 24 * 3_600_000;

const FINGERPRINT = 'fG3q Zb0T v1Xk 9aHr Ws2M cP7d LuY4 oEjN';

/** What no two servers agree on, by the name that it has in answers: times, room on a disk, keys, the places of pieces. */
const FIXED: Readonly<Record<string, (value: unknown) => unknown>> = {
  createdAtMs: () => SOME_DAYS_AGO_MS,
  lastScanMs: () => SOME_DAYS_AGO_MS,
  freeBytes: () => 1.3e12,
  totalBytes: () => 2e12,
  fingerprint: () => FINGERPRINT,
  assets: byTitle,
  cells: dealtOut,
  columns: dealtOut,
};

/** Piece after piece to node after node; which node comes first follows from an asset's id. */
function dealtOut(pieces: unknown): unknown {
  return Array.isArray(pieces) ? pieces.map((piece, at) => ({ ...piece, node: `node ${at + 1}` })) : pieces;
}

function byTitle(titled: unknown): unknown {
  return Array.isArray(titled) ? titled.toSorted((a, b) => (a.title < b.title ? -1 : 1)) : titled;
}

/** Orders that follow from chance or from the clock -> others of as many albums. */
const ORDERS = { random: 'by-artist', newest: 'by-name' } as const;

/** What an empty library answers to whatever is asked. */
const NOTHING = {
  tracks: [],
  albums: [],
  artists: [],
  genres: [],
  playlists: [],
  folders: [],
  parents: [],
  currentIndex: 0,
  positionMs: 0,
  changedAtMs: 0,
};
const NO_COUNTS = { tracks: 0, albums: 0, artists: 0 };

/** From here on the server's answers to this page are the same in every run, or as the scene wants them. */
export async function fixAnswers(page: Page, { answer }: Pick<Scene, 'answer'>): Promise<void> {
  await page.route(/\/api\/v1\/(?!events|covers)/, async (route) => {
    const request = route.request();
    const isOfLibrary = !/\/api\/v1\/(?:session|devices)/.test(request.url());
    if (answer && isOfLibrary) {
      if (answer === 'never') return;
      if (answer === 'cut') return route.abort();
      if (answer === 'fault') return route.fulfill({ status: 500, json: {} });
      return route.fulfill({ json: request.url().endsWith('/counts') ? NO_COUNTS : NOTHING });
    }
    if (request.method() !== 'GET') return route.continue();
    const url = request
      .url()
      .replace(/order=(random|newest)\b/, (_, order: keyof typeof ORDERS) => `order=${ORDERS[order]}`);
    const response = await route.fetch({ url });
    const text = await response.text();
    if (!response.headers()['content-type']?.includes('json')) return route.fulfill({ response });
    // A page of all tracks is in the order of their ids.
    const fixed: typeof FIXED = url.includes('/tracks?') ? { ...FIXED, tracks: byTitle } : FIXED;
    const json: unknown = JSON.parse(text, (key, value: unknown) => fixed[key]?.(value) ?? value);
    return route.fulfill({ response, json });
  });
}
