import { expect, it } from 'vitest';
import { startSourceWorld } from '../../../test/support/source-world.ts';

it('a browser makes one key that no script can read, registers it once, and finds it again', async (context) => {
  const { page } = await startSourceWorld(context);
  const [one, other] = await page.evaluate(() => window.page.deviceInTwoTurns());
  expect(one.thumbprint).toMatch(/^[\w-]{43}$/);
  expect(other.thumbprint).toBe(one.thumbprint);
  expect(one.registrations + other.registrations).toBe(1);
  expect(one.extractable).toBe(false);
  await page.reload();
  await page.waitForFunction(() => window.page !== undefined);
  const [later] = await page.evaluate(() => window.page.deviceInTwoTurns());
  expect(later).toEqual({ thumbprint: one.thumbprint, extractable: false, registrations: 0 });
  await page.evaluate(() => window.page.forget());
  const [next] = await page.evaluate(() => window.page.deviceInTwoTurns());
  expect(next.thumbprint).not.toBe(one.thumbprint);
});

it('a track is decrypted in a browser to the very bytes that were sealed, over columns that lie', async (context) => {
  const { server, page, play, hashes } = await startSourceWorld(context);
  await page.evaluate(() => window.page.deviceInTwoTurns());
  expect(await play()).toEqual(hashes);
  server.mishap = ({ route, number }) => (route === 'column' && number === 1 ? 'corrupt' : undefined);
  expect(await play()).toEqual(hashes);
  server.mishap = ({ route }) => (route === 'column' ? 'cut' : undefined);
  expect(await play()).toEqual(hashes);
  server.mishap = ({ route }) => (route === 'play' ? undefined : 'corrupt');
  expect(await play()).toBe('damaged');
});

it('a device that was revoked gets no further key', async (context) => {
  const { server, page, play, hashes } = await startSourceWorld(context);
  const [{ thumbprint }] = await page.evaluate(() => window.page.deviceInTwoTurns());
  expect(await play()).toEqual(hashes);
  server.revokeDevice(thumbprint);
  expect(await play()).toBe('not-allowed');
});
