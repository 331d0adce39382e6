import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SessionGateway } from '../../../test/support/session-gateway.ts';
import { KITCHEN, PHONE } from '../../../test/support/session-script.ts';
import { newShelf } from '../../../test/support/shelf.ts';
import { SilentEngine } from '../../../test/support/silent-engine.ts';
import type { Call, Track } from '../../api/index.ts';
import { currentItem, positionAt } from '../../playback/session/index.ts';
import { DEFAULT_SETTINGS } from '../engine/settings.ts';
import type { LeftMusic } from '../player/player.ts';
import { TrackLengths } from '../player/track-lengths.ts';
import { KnownTracks } from './known-tracks.ts';
import { newOutput } from './own-output.ts';
import { MAIN_SESSION, SessionClient } from './session-client.ts';
import { createSessionPlayer } from './session-player.ts';

const START_MS = 1_000_000;
const NOTHING: LeftMusic = { queue: { items: [], currentIndex: -1 }, positionMs: 0, isOn: false };

/** Of so many seconds each: `tr-0`, `tr-1`, … */
function tracksOf(...seconds: readonly number[]): readonly Track[] {
  return seconds.map(
    (length, at) =>
      ({
        id: `tr-${at}`,
        title: `Track ${at}`,
        albumId: 'al-1',
        durationMs: length * 1_000,
        replayGain: {},
      }) as unknown as Track,
  );
}

describe('a page in a playback session', () => {
  let gateway: SessionGateway;
  let ends: (() => void)[] = [];
  let isTouched = true;
  const library = tracksOf(...Array.from({ length: 10 }, () => 100));

  beforeEach(() => {
    vi.useFakeTimers({ now: START_MS });
    gateway = new SessionGateway(() => Date.now() + 5_000);
    ends = [];
    isTouched = true;
  });
  afterEach(async () => {
    for (const end of ends) end();
    await gateway[Symbol.asyncDispose]();
    vi.useRealTimers();
  });

  /** A page of a device, with an engine that makes no sound. */
  function pageOf(
    instanceId: string,
    {
      shelf = newShelf(),
      firstNumber = 1,
      left = NOTHING,
      engine = new SilentEngine(),
    }: Partial<{
      shelf: ReturnType<typeof newShelf>;
      firstNumber: number;
      left: LeftMusic;
      engine: SilentEngine;
    }> = {},
  ) {
    let number = firstNumber - 1;
    const client = new SessionClient({
      instance: { instanceId, nextNumber: () => ++number },
      openSocket: gateway.open,
      ticket: () => Promise.resolve('ticket'),
      name: instanceId,
      shelf,
      scope: 'test',
      sessionId: MAIN_SESSION,
      defaultName: 'Music',
      nowMs: () => Date.now(),
      timeOfDayMs: () => Date.now(),
      random: () => 0.5,
      report: () => player.report(),
    });
    const call = ((_: unknown, { body }: { body: { ids: readonly string[] } }) =>
      gateway.isDown
        ? Promise.reject(new Error('nobody answers'))
        : Promise.resolve({ tracks: library.filter(({ id }) => body.ids.includes(id)) })) as unknown as Call;
    const tracks = new KnownTracks({ call, shelf, key: 'tracks', onChange: () => player.refresh() });
    const lengths = new TrackLengths();
    const besides: SilentEngine[] = [];
    let isGone = false;
    const player = createSessionPlayer({
      client,
      tracks,
      connect: () => Promise.resolve(engine),
      connectBeside: () => {
        const engineBeside = new SilentEngine();
        besides.push(engineBeside);
        return Promise.resolve(engineBeside);
      },
      lengths,
      settings: DEFAULT_SETTINGS,
      random: () => 0.3,
      left,
      delayMs: 0,
      onDelay: () => undefined,
      latency: { get: () => undefined, set: () => undefined },
      hasBeenTouched: () => isTouched,
      onLeave: () => undefined,
    });
    const close = () => {
      if (isGone) return;
      isGone = true;
      player[Symbol.dispose]();
      client[Symbol.dispose]();
      void engine[Symbol.asyncDispose]();
    };
    ends.push(close);
    return { client, player, engine, besides, lengths, close, shelf };
  }
  const wait = (ms = 50) => vi.advanceTimersByTimeAsync(ms);
  const heard = ({ engine }: ReturnType<typeof pageOf>) =>
    `${engine.state.status} ${engine.current?.trackId}`;

  const [rain] = tracksOf(60) as [Track];

  test('plays a track beside the queue, with a loudness of its own, wherever it is heard', async () => {
    const { phone, kitchen } = await twoPages();
    expect(kitchen.player.decks.open(rain)).toBe(true);
    await wait();
    const [beside] = phone.besides;
    expect(heard(phone)).toMatch(/^playing/);
    expect(beside?.state).toMatchObject({ status: 'playing', repeat: 'one' });
    expect(beside?.current?.trackId).toBe(rain.id);
    expect(kitchen.besides).toEqual([]);
    const { deckId = '' } = phone.client.state.decks[0] ?? {};
    kitchen.client.send({ type: 'deck.change', deckId, gain: 0.25, loop: false });
    await wait();
    expect(beside?.state.settings.volume).toBeCloseTo(0.25 * phone.player.state.settings.volume);
    expect(beside?.state.repeat).toBe('off');
    kitchen.client.send({ type: 'seek', deckId, positionMs: 700 });
    await wait();
    expect(Math.abs((beside?.positionMs() ?? 0) - 700)).toBeLessThanOrEqual(100);
    kitchen.client.send({ type: 'pause', deckId });
    await wait();
    expect(beside?.state.status).toBe('paused');
    expect(heard(phone)).toMatch(/^playing/);
  });

  test('lets what plays beside go where it is closed, and where the music goes to another device', async () => {
    const { phone, kitchen } = await twoPages();
    phone.player.decks.open(rain);
    phone.player.decks.open(rain);
    await wait();
    expect(phone.besides.map(({ state }) => state.status)).toEqual(['playing', 'playing']);
    phone.client.send({ type: 'deck.close', deckId: 'beside-1' });
    await wait();
    expect(phone.besides.map(({ isClosed }) => isClosed)).toEqual([true, false]);
    kitchen.client.send({ type: 'handover', output: kitchen.player.asOutput() });
    await wait(3_000);
    expect(phone.besides.map(({ isClosed }) => isClosed)).toEqual([true, true]);
    expect(kitchen.besides.map(({ state }) => state.status)).toEqual(['playing']);
    for (let i = 0; i < 6; i++) expect(kitchen.player.decks.open(rain)).toBe(true);
    expect(kitchen.player.decks.open(rain)).toBe(false);
  });

  async function twoPages() {
    const phone = pageOf(PHONE);
    const kitchen = pageOf(KITCHEN);
    await wait();
    phone.player.playTracks(tracksOf(100, 200, 300));
    await wait();
    return { phone, kitchen };
  }

  test('is heard itself where nobody else would be, at once', async () => {
    const phone = pageOf(PHONE);
    await phone.player.warm();
    phone.player.playTracks(tracksOf(100, 200), 1);
    expect(heard(phone)).toBe('playing tr-1');
    expect(phone.player.state).toMatchObject({ status: 'playing', isHeardHere: true, heardOn: [] });
    expect(phone.player.state.current?.track.title).toBe('Track 1');
  });

  test('steers the other one, and makes no sound of its own', async () => {
    const { phone, kitchen } = await twoPages();
    expect(kitchen.player.state).toMatchObject({ status: 'playing', isHeardHere: false, heardOn: [PHONE] });
    expect(kitchen.player.state.current?.track.title).toBe('Track 0');
    await wait(5_000);
    expect(kitchen.player.positionMs()).toBeCloseTo(phone.player.positionMs(), -2);
    kitchen.player.pause();
    expect(kitchen.player.state.status).toBe('paused');
    await wait();
    expect(heard(phone)).toBe('paused tr-0');
    kitchen.player.next();
    kitchen.player.play();
    await wait();
    expect(heard(phone)).toBe('playing tr-1');
    kitchen.player.seek(60_000);
    await wait();
    expect(Math.abs(phone.engine.positionMs() - 60_000)).toBeLessThan(100);
    kitchen.player.jumpTo(2);
    await wait();
    expect(heard(phone)).toBe('playing tr-2');
    expect(kitchen.engine.done).toEqual([]);
  });

  test('two that skip the same song skip once', async () => {
    const { phone, kitchen } = await twoPages();
    phone.player.next();
    kitchen.player.next();
    await wait();
    expect(heard(phone)).toBe('playing tr-1');
    expect(kitchen.player.state.current?.track.title).toBe('Track 1');
  });

  test('changes the queue on all devices, and what sounds goes on', async () => {
    const { phone, kitchen } = await twoPages();
    const titles = ({ player }: typeof phone) => player.state.queue.items.map(({ track }) => track.title);
    kitchen.player.playNext(library.slice(5, 7));
    kitchen.player.addToQueue(library.slice(8, 9));
    await wait();
    const all = ['Track 0', 'Track 5', 'Track 6', 'Track 1', 'Track 2', 'Track 8'];
    expect(titles(phone)).toEqual(all);
    const [, five, six] = phone.player.state.queue.items;
    phone.player.removeItems(new Set([six?.itemId ?? '']));
    phone.player.moveItems(new Set([five?.itemId ?? '']), undefined);
    await wait();
    expect(titles(kitchen)).toEqual(['Track 0', 'Track 1', 'Track 2', 'Track 8', 'Track 5']);
    expect(phone.engine.done.filter((what) => what !== 'editQueue')).toEqual(['setQueue']);
    expect(heard(phone)).toBe('playing tr-0');
  });

  test('takes the music over, and the other one falls silent', async () => {
    const { phone, kitchen } = await twoPages();
    await wait(10_000);
    const output = newOutput(kitchen.client, { volume: 1, muted: false, delayMs: 0 });
    kitchen.client.send({ type: 'handover', output });
    await wait(3_000);
    expect(phone.engine.state.status).toBe('paused');
    expect(heard(kitchen)).toBe('playing tr-0');
    expect(kitchen.engine.positionMs()).toBeGreaterThan(12_000);
    expect(phone.player.state).toMatchObject({ status: 'playing', isHeardHere: false });
  });

  test('says that it waits for a tap where the browser keeps it silent, and begins with one where it was to begin', async () => {
    const { phone, kitchen } = await twoPages();
    await wait(10_000);
    isTouched = false;
    kitchen.engine.isHeldBack = true;
    const output = newOutput(kitchen.client, { volume: 1, muted: false, delayMs: 0 });
    kitchen.client.send({ type: 'handover', output });
    await wait(3_000);
    expect(kitchen.player.state.awaitsGesture).toBe(true);
    const told = () => phone.client.devices.find(({ instanceId }) => instanceId === KITCHEN)?.report;
    expect(told()?.awaitsGesture).toBe(true);
    await wait(10_000);
    isTouched = true;
    kitchen.engine.touch();
    await wait(4_000);
    expect(kitchen.player.state.awaitsGesture).toBe(false);
    expect(told()?.awaitsGesture).toBeUndefined();
    expect(heard(kitchen)).toBe('playing tr-0');
    expect(kitchen.engine.positionMs()).toBeLessThan(17_000);
    expect(phone.player.positionMs()).toBeCloseTo(kitchen.engine.positionMs(), -2);
  });

  test('comes to where the others are where it is heard together with them, and began late', async () => {
    const { phone, kitchen } = await twoPages();
    await wait(10_000);
    kitchen.engine.lateMs = 3_000;
    const output = newOutput(kitchen.client, { volume: 1, muted: false, delayMs: 0 });
    kitchen.client.send({ type: 'output.add', output });
    await wait(1_000);
    kitchen.engine.lateMs = 0;
    await wait(10_000);
    expect([heard(phone), heard(kitchen)]).toEqual(['playing tr-0', 'playing tr-0']);
    expect(Math.abs(phone.engine.positionMs() - kitchen.engine.positionMs())).toBeLessThan(350);
    expect(phone.player.state).toMatchObject({ isHeardHere: true, heardOn: [KITCHEN] });
    phone.player.pause();
    await wait();
    expect([heard(phone), heard(kitchen)]).toEqual(['paused tr-0', 'paused tr-0']);
  });

  test('plays on by itself from song to song without being corrected', async () => {
    const { phone, kitchen } = await twoPages();
    const before = phone.engine.done.length;
    phone.engine.stall(40);
    await wait(320_000);
    expect(heard(phone)).toBe('playing tr-2');
    expect(kitchen.player.state.current?.track.title).toBe('Track 2');
    expect(phone.engine.done).toHaveLength(before);
  });

  test('stops at the end of the queue, and stands at its beginning', async () => {
    const { phone, kitchen } = await twoPages();
    phone.engine.stall(30);
    await wait(605_000);
    expect(heard(phone)).toBe('paused tr-0');
    expect(kitchen.player.state).toMatchObject({ status: 'paused' });
    expect(kitchen.player.state.current?.track.title).toBe('Track 0');
    phone.player.play();
    await wait(1_000);
    expect(heard(phone)).toBe('playing tr-0');
  });

  test('says where it is where that is long another place than the session has', async () => {
    const { phone, kitchen } = await twoPages();
    phone.engine.stall(5_000);
    await wait(6_000);
    const before = phone.engine.done.length;
    await wait(4_000);
    const session = kitchen.client.view();
    expect(positionAt(session.main, kitchen.client.logNowMs())).toBeCloseTo(phone.engine.positionMs(), -2);
    expect(phone.engine.positionMs()).toBeLessThan(6_000);
    expect(phone.engine.done).toHaveLength(before);
  });

  test('tells how long a track truly is that it plays, once, and the page that only steers says nothing', async () => {
    const { phone, kitchen } = await twoPages();
    const lengthOf = (at: number) => kitchen.client.state.queue.items[at]?.durationMs;
    for (const { lengths } of [kitchen, phone]) {
      lengths.note('tr-0', 100_000.001);
      lengths.note('tr-1', 199_870.5);
      lengths.note('tr-2', 299_000.25);
    }
    await wait();
    expect([lengthOf(0), lengthOf(1), lengthOf(2)]).toEqual([100_000, 199_870.5, 300_000]);
    phone.player.next();
    await wait();
    expect(lengthOf(2)).toBe(299_000.25);
    const measured = gateway.heard.filter(
      (message) => message.type === 'command' && message.action.type === 'queue.measure',
    );
    expect(measured).toHaveLength(2);
    expect(heard(phone)).toBe('playing tr-1');
    expect(phone.engine.done.filter((what) => what !== 'editQueue')).toEqual(['setQueue', 'jumpTo']);
  });

  test('goes on to the next where a track cannot be played, and so does the session', async () => {
    const { phone, kitchen } = await twoPages();
    phone.engine.giveUp('damaged');
    await wait();
    expect(heard(phone)).toBe('playing tr-1');
    expect(kitchen.player.state.current?.track.title).toBe('Track 1');
    expect(phone.player.state.fault?.kind).toBe('damaged');
  });

  test('stops the session where the listener may not hear any more, and plays on at the same spot', async () => {
    const { phone, kitchen } = await twoPages();
    await wait(7_000);
    phone.engine.giveUp('not-allowed');
    await wait();
    expect(kitchen.player.state.status).toBe('paused');
    phone.player.play();
    await wait(1_000);
    expect(heard(phone)).toBe('playing tr-0');
    expect(phone.engine.positionMs()).toBeGreaterThan(7_500);
  });

  test('plays through an absence of the server in which it is taken for lost, and brings the session back to where it is', async () => {
    const { phone, kitchen } = await twoPages();
    gateway.isDown = true;
    gateway.cut();
    await wait(30_000);
    expect(heard(phone)).toBe('playing tr-0');
    {
      using session = await gateway.host.open({ userId: 'us-1', sessionId: MAIN_SESSION });
      const [output] = session.state.outputs;
      await session.send(
        {
          cmdId: 'server----------.1',
          action: {
            type: 'output.lost',
            outputId: PHONE,
            epoch: output?.epoch ?? 0,
            seenAtMs: START_MS + 5_000,
          },
        },
        'Server',
      );
    }
    const before = phone.engine.done.length;
    gateway.isDown = false;
    await wait(40_000);
    expect(phone.engine.done.slice(before)).toEqual([]);
    expect(heard(phone)).toBe('playing tr-0');
    expect(kitchen.player.state.status).toBe('playing');
    expect(kitchen.player.positionMs()).toBeCloseTo(phone.engine.positionMs(), -2);
  });

  test('goes its own way without a server, and the others are there when it is back', async () => {
    const { phone, kitchen } = await twoPages();
    gateway.isDown = true;
    gateway.cut();
    await wait();
    phone.player.playTracks(library.slice(4, 7));
    phone.player.next();
    await wait(10_000);
    expect(heard(phone)).toBe('playing tr-5');
    gateway.isDown = false;
    await wait(40_000);
    expect(heard(phone)).toBe('playing tr-5');
    expect(kitchen.player.state.current?.track.title).toBe('Track 5');
    await wait(5_000);
    expect(kitchen.player.positionMs()).toBeCloseTo(phone.engine.positionMs(), -2);
  });

  test('plays here where the one that played is away', async () => {
    const { phone, kitchen } = await twoPages();
    phone.close();
    await wait(1_000);
    expect(kitchen.player.state.isHeardHere).toBe(true);
    kitchen.player.play();
    await wait(3_000);
    expect(heard(kitchen)).toBe('playing tr-0');
  });

  test('stands where it was after a reload, and plays on from there', async () => {
    const { phone, kitchen } = await twoPages();
    await wait(42_000);
    const leftMs = phone.engine.positionMs();
    phone.player.depart();
    phone.close();
    gateway.isDown = true;
    const again = pageOf(PHONE, { shelf: phone.shelf, firstNumber: 50 });
    expect(again.player.state.status).toBe('paused');
    expect(again.player.state.current?.track.title).toBe('Track 0');
    expect(Math.abs(again.player.positionMs() - leftMs)).toBeLessThan(200);
    gateway.isDown = false;
    await wait(2_000);
    expect(kitchen.player.state.status).toBe('paused');
    again.player.play();
    await wait(1_000);
    expect(heard(again)).toBe('playing tr-0');
    expect(again.engine.positionMs()).toBeGreaterThan(leftMs + 500);
  });

  test('does not play by itself after a crash, though the session has it for an output', async () => {
    const { phone } = await twoPages();
    await wait(3_000);
    phone.close();
    const again = pageOf(PHONE, { shelf: phone.shelf, firstNumber: 50 });
    await wait(1_000);
    expect(again.engine.done).not.toContain('play');
    expect(again.player.state.status).toBe('paused');
  });

  test('takes up what the page played before it was in a session, without a break', async () => {
    const engine = new SilentEngine();
    const items = tracksOf(100, 200).map((track, at) => ({ itemId: `q${at}`, track }));
    engine.setQueue(
      items.map(({ itemId, track }) => ({ itemId, trackId: track.id, durationMs: track.durationMs })),
      { currentIndex: 1, positionMs: 3_000, play: true },
    );
    const before = engine.done.length;
    const phone = pageOf(PHONE, {
      engine,
      left: { queue: { items, currentIndex: 1 }, positionMs: 3_000, isOn: true },
    });
    await wait(1_000);
    expect(engine.done.slice(before).filter((what) => what !== 'editQueue')).toEqual([]);
    expect(heard(phone)).toBe('playing tr-1');
    expect(phone.player.state.current?.track.title).toBe('Track 1');
    expect(currentItem(phone.client.view().queue)?.trackId).toBe('tr-1');
    phone.player.previous();
    phone.player.previous();
    await wait();
    expect(heard(phone)).toBe('playing tr-0');
  });

  test('its slider is that of the device that is heard', async () => {
    const { phone, kitchen } = await twoPages();
    kitchen.player.change({ volume: 0.3 });
    expect(kitchen.player.state.settings.volume).toBe(0.3);
    await wait(500);
    expect(phone.engine.state.settings.volume).toBe(0.3);
    phone.player.change({ volume: 0.4 });
    phone.player.change({ volume: 0.5 });
    expect(phone.engine.state.settings.volume).toBe(0.5);
    await wait(500);
    expect(kitchen.player.state.settings.volume).toBe(0.5);
    expect(kitchen.client.state.deeds.filter(({ type }) => type === 'output.change')).toHaveLength(2);
  });

  test('queues as many as a queue holds, from any of them on', async () => {
    const phone = pageOf(PHONE);
    await wait();
    const many = tracksOf(...Array.from({ length: 12_000 }, () => 10));
    phone.player.playTracks(many, 7_000);
    await wait(100);
    expect(phone.client.waitingCount).toBe(0);
    expect(phone.client.state.queue.items.map(({ trackId }) => trackId)).toEqual(many.map(({ id }) => id));
    expect(heard(phone)).toBe('playing tr-7000');
  });

  test('repeats and shuffles for all', async () => {
    const { phone, kitchen } = await twoPages();
    kitchen.player.setRepeat('all');
    kitchen.player.setShuffled(true);
    await wait();
    expect(phone.engine.state.repeat).toBe('all');
    expect(phone.player.state.queue.unshuffled).toBeDefined();
    phone.player.setShuffled(false);
    await wait();
    expect(kitchen.player.state.queue.items.map(({ track }) => track.title)).toEqual([
      'Track 0',
      'Track 1',
      'Track 2',
    ]);
  });

  test('falls asleep when it is to', async () => {
    const { phone, kitchen } = await twoPages();
    kitchen.client.send({ type: 'sleep.at', inMs: 20_000 });
    await wait(19_000);
    expect(heard(phone)).toBe('playing tr-0');
    await wait(1_500);
    expect(heard(phone)).toBe('paused tr-0');
    phone.player.play();
    kitchen.client.send({ type: 'sleep.item-end' });
    await wait(82_000);
    expect(phone.engine.state.status).toBe('paused');
    expect(phone.player.state.current?.track.title).toBe('Track 1');
  });
});
