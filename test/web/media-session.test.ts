import { expect, it } from 'vitest';
import { fileOfPackage } from '../support/debian.ts';
import { openEngineWorld } from '../support/engine-world.ts';
import { startSessionBus } from '../support/session-bus.ts';

/** Longer than Chromium remembers a page that is silent and has no media element. */
const PAUSE_MS = 5_000;

it('a media key starts what was paused until the contexts slept, and finds nothing once the queue is empty', async (context) => {
  for (const [name, file] of [
    ['chromium', '/usr/bin/chromium'],
    ['ffmpeg', '/usr/bin/ffmpeg'],
    ['dbus-daemon', '/usr/bin/dbus-daemon'],
    ['dbus-bin', '/usr/bin/dbus-send'],
  ] as const)
    fileOfPackage(name, file, context);
  await using bus = await startSessionBus();
  await using world = await openEngineWorld({ environment: bus.environment });
  const { page } = world;
  const ids = await world.cut('paused', 'flac', 30, []);
  await page.evaluate(async (ids) => {
    const { lab } = window;
    await lab.make({}, false);
    lab.engine.setQueue(lab.items(ids, 30_000), { currentIndex: 0, play: true });
    await lab.until('sounding', 0);
  }, ids);
  const status = async () => (await bus.display()).status;
  await expect.poll(status).toBe('Playing');
  await bus.press('PlayPause');
  await page.evaluate(async () => {
    await window.lab.until('over', 0);
    await window.lab.interrupt();
  });
  await page.waitForTimeout(PAUSE_MS);
  expect(await status()).toBe('Paused');
  await bus.press('PlayPause');
  await page.evaluate(() => window.lab.until('sounding', 0));
  await page.evaluate(() => window.lab.engine.setQueue([], { currentIndex: -1, play: false }));
  await expect.poll(status).toBe('Stopped');
});
