import { expect, it } from 'vitest';
import { openPlayingWorld } from '../support/playing-world.ts';
import { playFromAlbum, reaches, shown, signIn } from '../support/web-player.ts';

declare global {
  interface Window {
    contexts: AudioContext[];
  }
}

const PATIENCE = { timeout: 30_000 };

it('a track plays beside the queue, is steered from another page, and ends without the queue', {
  timeout: 240_000,
}, async (context) => {
  await using world = await openPlayingWorld(context);
  const { page: one, baseUrl } = world;
  await one.addInitScript(() => {
    window.contexts = [];
    window.AudioContext = class extends AudioContext {
      constructor(options?: AudioContextOptions) {
        super(options);
        window.contexts.push(this);
      }
    };
  });
  await signIn(one, baseUrl);
  await playFromAlbum(one, baseUrl, 'Tides', 'Ebb');
  await reaches(one, 2);
  await one.getByRole('button', { name: 'More for Flow' }).click();
  await one.getByRole('menuitem', { name: 'Play beside the queue' }).click();
  await one.getByText('Flow plays beside the queue.').waitFor();
  // Two engines, and so two contexts that run.
  const running = () => one.evaluate(() => window.contexts.filter(({ state }) => state === 'running').length);
  await expect.poll(running, PATIENCE).toBe(2);

  const other = await world.newPage();
  await signIn(other, baseUrl);
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
