import { setTimeout as delay } from 'node:timers/promises';
import { type ClefListener, openClefListener } from '../support/clef-listener.ts';
import { PLAYING_SECONDS } from '../support/playing-world.ts';
import { waitFor } from '../support/wait-for.ts';

const KILLED_MS = 5_000;

/** A real server behind a line that is cut, and then killed and started again, while one track plays. */
export async function clefOutage(bufferedMs: number, cutMs: number) {
  await using listener = await openClefListener();
  const { page, line, server, trackId, workletUrl } = listener;
  await page.evaluate((url) => window.listener.make(url), workletUrl);
  await page.evaluate(([id, ms]) => window.listener.play(id, ms), [
    trackId,
    PLAYING_SECONDS * 1_000,
  ] as const);
  const before = await buffered(listener, bufferedMs);
  line.cut();
  await delay(cutMs);
  const afterCut = await look(listener);
  line.mend();
  const mended = await buffered(listener, afterCut.bufferedMs + 1_000);
  await server.kill();
  await delay(KILLED_MS);
  const afterKill = await look(listener);
  await server.start();
  const done = await buffered(listener, afterKill.bufferedMs + 1_000);
  return { before, afterCut, mended, afterKill, done };
}

function look({ page }: ClefListener) {
  return page.evaluate(() => window.listener.look());
}

/** Waits until so much is here ahead of the position. */
function buffered(listener: ClefListener, leastMs: number) {
  return waitFor(`${leastMs} ms of music ahead`, async () => {
    const seen = await look(listener);
    return seen.bufferedMs >= leastMs ? seen : undefined;
  });
}
