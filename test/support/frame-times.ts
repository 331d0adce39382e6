import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';

/** Where the browser draws nothing for so long, it never will again: it was seen once in an hour of scrolling. */
const STALLED_MS = 30_000;

/** Three rows a frame: as fast as a flick of a finger, and each frame brings rows that were not there. */
const PIXELS_A_FRAME = 168;

/**
 * Milliseconds between frames while the window scrolls at one pace from where it is. Frames come at the screen's
 * pace, 16.7 ms: longer ones are those that came late.
 */
export function frameTimes(page: Page, frames: number): Promise<number[]> {
  return page.evaluate(
    ([frames, pixels, stalledMs]) =>
      new Promise<number[]>((resolve, reject) => {
        setTimeout(() => reject(new Error(`no ${frames} frames were drawn in ${stalledMs} ms`)), stalledMs);
        const times: number[] = [];
        let before: number | undefined;
        const next = (nowMs: number) => {
          if (before !== undefined) times.push(nowMs - before);
          before = nowMs;
          if (times.length === frames) return resolve(times);
          scrollBy({ top: pixels, behavior: 'instant' });
          requestAnimationFrame(next);
        };
        requestAnimationFrame(next);
      }),
    [frames, PIXELS_A_FRAME, STALLED_MS] as const,
  );
}

const PLAIN_ROWS = 3_000;

/** What the player's pages are measured beside: a list with nothing but text, and a page with nothing but a word. */
export async function servePlainPages(): Promise<
  { readonly listUrl: string; readonly emptyUrl: string } & AsyncDisposable
> {
  const rows = Array.from({ length: PLAIN_ROWS }, (_, row) => `<div>Row ${row + 1} of a plain list</div>`);
  const style = 'div { height: 56px; font: 15px sans-serif }';
  const list = `<!doctype html><title>Plain</title><style>${style}</style>${rows.join('')}`;
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(request.url === '/list' ? list : '<!doctype html><title>Empty</title><p>Clef</p>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    listUrl: `http://127.0.0.1:${port}/list`,
    emptyUrl: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
