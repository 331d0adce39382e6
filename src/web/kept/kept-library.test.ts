import { expect, it } from 'vitest';
import { startSourceWorld } from '../../../test/support/source-world.ts';
import { KeptSpaceFull } from './index.ts';

it('a kept album plays without a server, and what lies in the cache is not its plaintext', async (context) => {
  const { server, page, play, hashes } = await startSourceWorld(context);
  await page.evaluate(() => window.page.deviceInTwoTurns());
  const told = await page.evaluate((id) => window.page.keep('al-1', [id]), server.trackId);
  expect(told).toEqual({ keptPieces: 2, pieces: 2, keptTracks: 1 });
  const asked = server.requests.length;
  server.mishap = () => 503;
  expect(await play()).toEqual(hashes);
  expect(server.requests).toHaveLength(asked);

  const { lists, space } = await page.evaluate(() => window.page.kept());
  expect(lists).toEqual([{ id: 'al-1', trackIds: [server.trackId], about: 'Ein Album', complete: true }]);
  expect(space.usedBytes).toBeGreaterThan(server.bytes.length);
  const start = Array.from(server.bytes.subarray(0, 16));
  const holdsPlaintext = await page.evaluate(async (needle) => {
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        const bytes = new Uint8Array(await ((await cache.match(request)) as Response).arrayBuffer());
        if (needle.every((byte, at) => bytes[at] === byte)) return true;
      }
    }
    return false;
  }, start);
  expect(holdsPlaintext).toBe(false);
});

it('keeping goes on where it was cut short, and fetches nothing that is there', async (context) => {
  const { server, page, play, hashes } = await startSourceWorld(context);
  await page.evaluate(() => window.page.deviceInTwoTurns());
  expect(await page.evaluate((id) => window.page.keep('al-1', [id], 1), server.trackId)).toBe('AbortError');
  expect(await page.evaluate(() => window.page.kept())).toMatchObject({
    pieces: 1,
    lists: [{ complete: false }],
  });
  // What is kept in part is played from the server.
  expect(await play()).toEqual(hashes);
  const asked = server.requests.length;
  expect(await page.evaluate((id) => window.page.keep('al-1', [id]), server.trackId)).toMatchObject({
    keptPieces: 2,
  });
  const fetched = server.requests.slice(asked).filter(({ route }) => route !== 'play');
  const bytes = fetched.reduce((sum, { startBytes, endBytes }) => sum + endBytes - startBytes, 0);
  expect(bytes).toBeLessThan(7 * 65_552);
});

it('a kept chunk that was changed is fetched from the server', async (context) => {
  const { server, page, play, hashes } = await startSourceWorld(context);
  await page.evaluate(() => window.page.deviceInTwoTurns());
  await page.evaluate((id) => window.page.keep('al-1', [id]), server.trackId);
  await page.evaluate(async () => {
    const cache = await caches.open((await caches.keys())[0] as string);
    for (const request of await cache.keys())
      await cache.put(request, new Response(new Uint8Array(1_000_000)));
  });
  expect(await play()).toEqual(hashes);
});

it('what is removed frees its space, but for tracks that another list has', async (context) => {
  const { server, page } = await startSourceWorld(context);
  await page.evaluate(() => window.page.deviceInTwoTurns());
  const { trackId } = server;
  await page.evaluate((id) => window.page.keep('al-1', [id]), trackId);
  await page.evaluate((id) => window.page.keep('pl-1', [id]), trackId);
  await page.evaluate(() => window.page.removeKept('al-1'));
  expect(await page.evaluate(() => window.page.kept())).toMatchObject({
    pieces: 2,
    lists: [{ id: 'pl-1', complete: true }],
  });
  await page.evaluate(() => window.page.removeKept('pl-1'));
  expect(await page.evaluate(() => window.page.kept())).toMatchObject({ pieces: 0, lists: [] });
});

it('a browser without space says so, and a track that nobody has is told after the others are there', async (context) => {
  const { server, page } = await startSourceWorld(context);
  await page.evaluate(() => window.page.deviceInTwoTurns());
  expect(await page.evaluate((id) => window.page.keep('pl-1', ['tr-2', id]), server.trackId)).toBe(
    'TrackFault',
  );
  expect(await page.evaluate(() => window.page.kept())).toMatchObject({ pieces: 2 });
  await page.evaluate(() => window.page.removeKept('pl-1'));
  const session = await page.context().newCDPSession(page);
  await session.send('Storage.overrideQuotaForOrigin', { origin: server.url, quotaSize: 100_000 });
  expect(await page.evaluate((id) => window.page.keep('al-1', [id]), server.trackId)).toBe(
    new KeptSpaceFull().name,
  );
});
