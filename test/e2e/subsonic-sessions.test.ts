import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { routes } from '../../src/api/index.ts';
import { wireId } from '../../src/core/index.ts';
import {
  type Action,
  currentItem,
  type LiveSession,
  positionAt,
  staying,
} from '../../src/playback/session/index.ts';
import { ApiBrowser } from '../support/api-browser.ts';
import { type GoldenServer, LOGIN_PASSWORD, startGoldenServer } from '../support/golden-server.ts';
import { SessionDevice } from '../support/session-device.ts';
import { KITCHEN, outputOf } from '../support/session-script.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';

let server: GoldenServer;
let phone: SubsonicClient;
let desk: SubsonicClient;
/** Four tracks, each some minutes long. */
let ids: readonly string[];

beforeAll(async () => {
  server = await startGoldenServer({ logTimeMs: () => server.clock.nowMs });
  const { baseUrl, listenerLogin, library } = server;
  phone = new SubsonicClient(baseUrl, listenerLogin, 'Phone');
  desk = new SubsonicClient(baseUrl, listenerLogin, 'Desk');
  ids = library.tracks.slice(0, 4).map(({ id }) => wireId('tr', id));
});
afterAll(() => server[Symbol.asyncDispose]());

function wait(ms: number): void {
  server.clock.nowMs += ms;
}

async function main(): Promise<LiveSession> {
  return server.playbackSessions.open({ userId: wireId('us', server.listener.id), sessionId: 'main' });
}

const report = (player: SubsonicClient, state: string, mediaId: string, positionMs: number) =>
  player.get('reportPlayback', { mediaId, mediaType: 'song', positionMs, state, ignoreScrobble: 'true' });

const at = (index: number): string => ids[index] ?? '';

beforeEach(async () => {
  for (const player of [phone, desk]) {
    await report(player, 'stopped', at(0), 0);
    wait(20 * 60_000);
    await player.get('savePlayQueue');
  }
});

describe('two players of a listener', () => {
  it('go on in turn, each where the other one has left off, and so does the web player', async () => {
    await phone.get('savePlayQueue', { id: ids, current: at(1), position: 61_500 });
    const savedAt = new Date(server.clock.nowMs).toISOString();
    wait(60_000);
    const { playQueue } = await desk.get('getPlayQueue');
    expect(playQueue).toMatchObject({
      current: at(1),
      position: 61_500,
      changedBy: 'Phone',
      changed: savedAt,
    });
    await report(desk, 'starting', at(1), 61_500);
    await report(desk, 'playing', at(1), 61_500);
    wait(30_000);
    expect((await phone.get('getPlayQueueByIndex')).playQueueByIndex).toMatchObject({
      currentIndex: 1,
      position: 91_500,
      changedBy: 'Desk',
    });
    await report(desk, 'paused', at(1), 92_000);
    await desk.get('savePlayQueueByIndex', { id: ids, currentIndex: 1, position: 92_000 });
    wait(60_000);
    const web = new ApiBrowser(server.baseUrl);
    await web.call(routes.signIn, { body: { username: 'lena', password: LOGIN_PASSWORD } });
    const queue = await web.call(routes.queue, {});
    expect(queue.tracks.map(({ id }) => id)).toEqual(ids);
    expect(queue).toMatchObject({ currentIndex: 1, positionMs: 92_000, changedBy: 'Desk' });
    const body = { trackIds: [...ids], currentIndex: 3, positionMs: 5_000, changedBy: 'Clef abc' };
    await web.call(routes.saveQueue, { body });
    expect((await phone.get('getPlayQueue')).playQueue).toMatchObject({
      current: at(3),
      position: 5_000,
      changedBy: 'Clef abc',
    });
  });

  it('tell apart the places of one track by their index', async () => {
    const twice = [at(0), at(1), at(0)];
    await phone.get('savePlayQueueByIndex', { id: twice, currentIndex: 2, position: 1_000 });
    expect((await desk.get('getPlayQueueByIndex')).playQueueByIndex).toMatchObject({ currentIndex: 2 });
    await desk.get('savePlayQueue', { id: twice, current: at(0), position: 2_000 });
    expect((await phone.get('getPlayQueueByIndex')).playQueueByIndex).toMatchObject({
      currentIndex: 2,
      position: 2_000,
    });
    await phone.get('savePlayQueueByIndex');
    const { playQueueByIndex } = await desk.get('getPlayQueueByIndex');
    expect(playQueueByIndex.entry).toEqual([]);
    expect(playQueueByIndex).not.toHaveProperty('currentIndex');
  });
});

describe('a player beside a device of the session', () => {
  let number = 0;

  async function kitchen(session: LiveSession, ...actions: readonly Action[]): Promise<void> {
    for (const action of actions) await session.send({ cmdId: `${KITCHEN}.${++number}`, action }, 'Kitchen');
  }
  const playing = (): Action => ({
    type: 'queue.replace',
    items: ids.map((trackId) => ({ trackId, durationMs: 180_000 })),
    startIndex: 0,
    positionMs: 0,
    play: true,
  });
  const kitchenOutput = outputOf(KITCHEN, { name: 'Kitchen' });

  it('plays something else without stopping it, and each is shown', async () => {
    using session = await main();
    await kitchen(session, { type: 'output.add', output: kitchenOutput }, playing());
    await phone.get('savePlayQueue', { id: [at(3), at(2)], current: at(3), position: 0 });
    await report(phone, 'playing', at(3), 0);
    wait(10_000);
    expect(currentItem(session.state.queue)?.trackId).toBe(at(0));
    expect(positionAt(session.state.main, server.clock.nowMs)).toBe(10_000);
    expect((await phone.get('getPlayQueue')).playQueue).toMatchObject({ current: at(3), position: 10_000 });
    expect((await desk.get('getPlayQueue')).playQueue).toMatchObject({ current: at(0), position: 10_000 });
    const { entry } = (await server.client.get('getNowPlaying')).nowPlaying;
    const shown = { username: 'lena', state: 'playing', positionMs: 10_000, playbackRate: 1 };
    expect(entry).toMatchObject([
      { ...shown, id: at(0), playerName: 'Kitchen' },
      { ...shown, id: at(3), playerName: 'Phone' },
    ]);
    await kitchen(session, { type: 'output.remove', outputId: KITCHEN });
  });

  it('goes on with what it played, and it with what the player plays', async () => {
    using session = await main();
    await kitchen(session, { type: 'output.add', output: kitchenOutput }, playing());
    wait(30_000);
    await kitchen(session, { type: 'pause' });
    await report(phone, 'starting', at(0), 30_000);
    await report(phone, 'playing', at(0), 30_000);
    expect(staying(session.state.outputs).map(({ name, kind }) => [name, kind])).toEqual([
      ['Phone', 'subsonic'],
    ]);
    wait(5_000);
    await report(phone, 'paused', at(0), 35_000);
    await kitchen(session, { type: 'output.add', output: kitchenOutput }, { type: 'play' });
    wait(1_000);
    expect(positionAt(session.state.main, server.clock.nowMs)).toBe(36_000);
    await kitchen(session, { type: 'output.remove', outputId: KITCHEN });
  });

  it('is seen there as an output that goes its own way, and its own session is in the list', async () => {
    const web = new ApiBrowser(server.baseUrl);
    await web.call(routes.signIn, { body: { username: 'lena', password: LOGIN_PASSWORD } });
    const { ticket } = await web.call(routes.playbackTicket, {});
    await using page = await SessionDevice.join({ baseUrl: server.baseUrl, ticket, name: 'Page' });
    await phone.get('savePlayQueue', { id: ids, current: at(1), position: 4_000 });
    await report(phone, 'playing', at(1), 4_000);
    await expect
      .poll(() => page.state?.outputs.map(({ name, kind }) => [name, kind]))
      .toEqual([['Phone', 'subsonic']]);
    expect(page.state?.changed).toEqual({ by: 'Phone', atMs: server.clock.nowMs });
    expect(await page.do({ type: 'handover', output: outputOf(page.instanceId, { name: 'Page' }) })).toBe(
      'applied',
    );
    wait(10_000);
    await report(phone, 'playing', at(1), 14_000);
    expect(page.state?.outputs.find(({ outputId }) => outputId === page.instanceId)).toBeDefined();
    const { sessions } = await web.call(routes.playbackSessions, {});
    expect(
      sessions
        .map(({ live }) => [live?.trackId, live?.playing, live?.outputs.at(-1)])
        .toSorted((a, b) => String(a).localeCompare(String(b))),
    ).toEqual([
      [at(1), true, 'Page'],
      [at(1), true, 'Phone'],
    ]);
    expect(await page.do({ type: 'output.remove', outputId: page.instanceId })).toBe('applied');
  });

  it('is lost when it is not heard of any more', async () => {
    using session = await main();
    await phone.get('savePlayQueue', { id: ids, current: at(0), position: 0 });
    for (const positionMs of [0, 15_000, 30_000]) {
      await report(phone, 'playing', at(0), positionMs);
      wait(15_000);
    }
    wait(60_000);
    expect((await desk.get('getPlayQueue')).playQueue).toMatchObject({ current: at(0), position: 30_000 });
    expect(session.state.outputs).toEqual([]);
    expect(session.state.main.playing).toBe(false);
  });
});

describe('what a player reports', () => {
  it('counts as a play once enough of it was heard, unless it counts by itself', async () => {
    const { song } = await phone.get('getSong', { id: at(2) });
    const before = Number(song.playCount ?? 0);
    const halfMs = Number(song.duration) * 500;
    const tell = (state: string, positionMs: number) =>
      phone.get('reportPlayback', { mediaId: at(2), mediaType: 'song', positionMs, state });
    await tell('starting', 0);
    await tell('playing', 0);
    wait(halfMs + 1_000);
    await tell('paused', halfMs + 1_000);
    await tell('stopped', halfMs + 1_000);
    await report(phone, 'starting', at(2), 0);
    await report(phone, 'playing', at(2), 0);
    wait(halfMs + 1_000);
    await report(phone, 'stopped', at(2), halfMs + 1_000);
    expect((await phone.get('getSong', { id: at(2) })).song.playCount).toBe(before + 1);
    expect((await server.client.get('getNowPlaying')).nowPlaying.entry).toEqual([]);
  });

  it('is announced among the extensions', async () => {
    const { openSubsonicExtensions } = await phone.get('getOpenSubsonicExtensions');
    expect(openSubsonicExtensions).toContainEqual({ name: 'playbackReport', versions: [1] });
    expect(openSubsonicExtensions).toContainEqual({ name: 'indexBasedQueue', versions: [1] });
  });
});

describe('a queue that was saved before there were sessions', () => {
  it('is what the session begins with, once', async () => {
    const { admin, library, client } = server;
    const [one, two] = library.tracks;
    if (!one || !two) throw new Error('the golden library has tracks');
    const old = { trackIds: [one.id, two.id], currentIndex: 1, positionMs: 7_000, changedBy: 'Old app' };
    await library.catalog.savePlayQueue(admin.id, old);
    const saved = new Date(server.clock.nowMs).toISOString();
    wait(86_400_000);
    expect((await client.get('getPlayQueue')).playQueue).toMatchObject({
      current: at(1),
      position: 7_000,
      changedBy: 'Old app',
      changed: saved,
    });
    await client.get('savePlayQueue');
    expect((await client.get('getPlayQueue')).playQueue.entry).toEqual([]);
  });
});
