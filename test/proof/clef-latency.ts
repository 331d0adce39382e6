import { openClefListener } from '../support/clef-listener.ts';
import { PLAYING_SECONDS } from '../support/playing-world.ts';

const DELAY_MS = 50;
/** Beyond what is fetched ahead of the start. */
const FIRST_SEEK_MS = 60_000;

export interface ClefTimes {
  readonly firstPcm: number[];
  readonly starts: number[];
  /** Once nothing more is being fetched ahead, and while that of the start still is. */
  readonly seeks: number[];
  readonly earlySeeks: number[];
}

/** The same clicks with a real server, through the player's own source: keys, tickets, decryption. FLAC. */
export async function clefTimes(times: number, random: () => number): Promise<Record<string, ClefTimes>> {
  await using listener = await openClefListener();
  const { page, line, trackId, workletUrl } = listener;
  const all: Record<string, ClefTimes> = {};
  for (const delayMs of [0, DELAY_MS]) {
    const found: ClefTimes = { firstPcm: [], starts: [], seeks: [], earlySeeks: [] };
    for (let i = 0; i < times; i++) {
      await page.evaluate(() => window.listener.rest());
      line.delayMs = delayMs;
      found.firstPcm.push(await page.evaluate((id) => window.listener.firstPcmMs(id), trackId));
      line.delayMs = 0;
      await page.evaluate((url) => window.listener.make(url), workletUrl);
      line.delayMs = delayMs;
      const durationMs = PLAYING_SECONDS * 1_000;
      found.starts.push(
        await page.evaluate(([id, ms]) => window.listener.play(id, ms), [trackId, durationMs] as const),
      );
      const anywhereMs = () => FIRST_SEEK_MS + random() * (durationMs - FIRST_SEEK_MS - 1_000);
      const seek = () => page.evaluate((ms) => window.listener.seek(ms), anywhereMs());
      found.earlySeeks.push(await seek());
      await page.evaluate(() => window.listener.settled());
      found.seeks.push(await seek());
    }
    all[`with ${delayMs} ms added`] = found;
  }
  return all;
}
