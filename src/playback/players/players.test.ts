import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KITCHEN, outputOf, queueOf } from '../../../test/support/session-script.ts';
import {
  type Action,
  advanceTo,
  currentItem,
  type PlaybackState,
  positionAt,
  SessionHost,
  staying,
} from '../session/index.ts';
import { createMemoryLog } from '../stores/memory-log.ts';
import { createMemorySnapshots } from '../stores/memory-snapshots.ts';
import type { Player } from './player.ts';
import { Players } from './players.ts';

const MINUTE = 60_000;
const PHONE: Player = { userId: 'us-1', playerId: 'subsonic-phone--', name: 'Phone' };
const DESK: Player = { userId: 'us-1', playerId: 'subsonic-desk---', name: 'Desk' };
/** Four minutes each. */
const LENGTH_MS = 4 * MINUTE;
const ALBUM = ['tr-0', 'tr-1', 'tr-2'];
const OTHER = ['tr-7', 'tr-8'];

describe('players', () => {
  const failures: unknown[] = [];
  let nowMs = 0;
  let clockId = 'clock';
  let log = createMemoryLog('log');
  let snapshots = createMemorySnapshots();
  let host: SessionHost;
  let players: Players;
  let number = 0;
  let asked = 0;

  function start(): void {
    host = new SessionHost({
      log,
      snapshots,
      clock: { clockId, nowMs: () => nowMs },
      timeOfDayMs: () => nowMs,
      defaultName: 'Music',
      onFailure: (error) => failures.push(error),
    });
    players = new Players({
      host,
      durationsOf: async (ids) => {
        asked++;
        return new Map(ids.filter((id) => id !== 'tr-gone').map((id) => [id, LENGTH_MS]));
      },
      timeOfDayMs: () => nowMs,
      onFailure: (error) => failures.push(error),
    });
  }

  beforeEach(() => {
    nowMs = 1_000 * MINUTE;
    clockId = 'clock';
    log = createMemoryLog('log');
    snapshots = createMemorySnapshots();
    asked = 0;
    start();
  });
  afterEach(async () => {
    players[Symbol.dispose]();
    await host[Symbol.asyncDispose]();
    expect(failures).toEqual([]);
  });

  async function stateOf(sessionId = 'main'): Promise<PlaybackState> {
    using session = await host.open({ userId: PHONE.userId, sessionId });
    return session.state;
  }

  /** What is heard of a session, by which outputs. */
  async function heard(sessionId = 'main') {
    const state = await stateOf(sessionId);
    const { queue, main, outputs } = advanceTo(state, { seq: state.seq, clockId, atMs: nowMs });
    return {
      track: currentItem(queue)?.trackId,
      ms: positionAt(main, nowMs),
      playing: main.playing,
      outputs: staying(outputs).map(({ name }) => name),
    };
  }

  /** A page in the kitchen. */
  async function kitchen(...actions: readonly Action[]): Promise<void> {
    using session = await host.open({ userId: PHONE.userId, sessionId: 'main' });
    for (const action of actions) {
      const sent = await session.send({ cmdId: `${KITCHEN}.${++number}`, action }, 'Kitchen');
      expect(sent.outcome).toEqual({ kind: 'applied' });
    }
  }
  const kitchenPlays = () =>
    kitchen({ type: 'output.add', output: outputOf(KITCHEN, { name: 'Kitchen' }) }, queueOf([240, 240, 240]));

  const save = (player: Player, trackIds: readonly string[], currentIndex: number, positionMs: number) =>
    players.saveQueue(player, { trackIds, currentIndex, isPlaceExact: true, positionMs });
  const report = (
    player: Player,
    state: 'starting' | 'playing' | 'paused' | 'stopped',
    trackId: string,
    positionMs: number,
    rate = 1,
  ) => players.report(player, { trackId, durationMs: LENGTH_MS, state, positionMs, rate });

  describe('that save their queue', () => {
    test('go on where another one has left off', async () => {
      await save(PHONE, ALBUM, 1, 61_500);
      nowMs += MINUTE;
      const saved = {
        trackIds: ALBUM,
        currentIndex: 1,
        positionMs: 61_500,
        changedBy: 'Phone',
        changedAtMs: nowMs - MINUTE,
      };
      expect(await players.queue(DESK)).toEqual(saved);
      await save(DESK, ALBUM, 2, 5_000);
      expect(await players.queue(PHONE)).toMatchObject({
        currentIndex: 2,
        positionMs: 5_000,
        changedBy: 'Desk',
      });
    });

    test('change nothing but the place of a queue that is as it was', async () => {
      await save(PHONE, ALBUM, 0, 0);
      const before = await stateOf();
      await save(DESK, ALBUM, 2, 7_000);
      await save(DESK, ALBUM, 2, 7_000);
      const { queue, main, seq } = await stateOf();
      expect(queue.items).toEqual(before.queue.items);
      expect([queue.version, queue.currentIndex, main.positionMs]).toEqual([before.queue.version, 2, 7_000]);
      expect([seq, asked]).toEqual([before.seq + 1, 1]);
    });

    test('leave out what is gone, and the place in it', async () => {
      await save(PHONE, ['tr-gone', 'tr-1', 'tr-gone', 'tr-2'], 3, 9_000);
      expect(await players.queue(PHONE)).toMatchObject({
        trackIds: ['tr-1', 'tr-2'],
        currentIndex: 1,
        positionMs: 9_000,
      });
      await save(PHONE, ['tr-1', 'tr-gone', 'tr-2'], 1, 9_000);
      expect(await players.queue(PHONE)).toMatchObject({ currentIndex: 1, positionMs: 0 });
    });

    test('and name a track that stands in several places mean the one in which the session is', async () => {
      const twice = ['tr-1', 'tr-2', 'tr-1'];
      await save(PHONE, twice, 2, 1_000);
      await players.saveQueue(PHONE, {
        trackIds: twice,
        currentIndex: 0,
        isPlaceExact: false,
        positionMs: 2_000,
      });
      expect(await players.queue(PHONE)).toMatchObject({ currentIndex: 2, positionMs: 2_000 });
    });

    test('empty it', async () => {
      await save(PHONE, ALBUM, 1, 1_000);
      await save(PHONE, [], 0, 0);
      expect(await players.queue(DESK)).toMatchObject({ trackIds: [], currentIndex: -1, positionMs: 0 });
    });

    test('have queues of 20,000 tracks, with the place far behind', async () => {
      const long = Array.from({ length: 20_000 }, (_, i) => `tr-${i.toString(36)}`);
      await save(PHONE, long, 12_345, 6_000);
      const saved = await players.queue(DESK);
      expect(saved.trackIds).toEqual(long);
      expect(saved).toMatchObject({ currentIndex: 12_345, positionMs: 6_000 });
    });
  });

  describe('that report what they play', () => {
    test('are outputs whose place is the session’s', async () => {
      await save(PHONE, ALBUM, 0, 0);
      await report(PHONE, 'starting', 'tr-1', 0);
      expect(await heard()).toEqual({ track: 'tr-1', ms: 0, playing: false, outputs: [] });
      nowMs += 2_000;
      await report(PHONE, 'playing', 'tr-1', 100);
      nowMs += 10_000;
      expect(await heard()).toEqual({ track: 'tr-1', ms: 10_100, playing: true, outputs: ['Phone'] });
      expect(await players.queue(DESK)).toMatchObject({
        currentIndex: 1,
        positionMs: 10_100,
        changedAtMs: nowMs,
        changedBy: 'Phone',
      });
      await report(PHONE, 'playing', 'tr-1', 60_000, 1.5);
      nowMs += 10_000;
      expect(await heard()).toMatchObject({ ms: 75_000, playing: true });
      await report(PHONE, 'paused', 'tr-1', 74_000);
      nowMs += MINUTE;
      expect(await heard()).toEqual({ track: 'tr-1', ms: 74_000, playing: false, outputs: [] });
    });

    test('go from track to track without a word of theirs being doubted', async () => {
      await save(PHONE, ALBUM, 0, 0);
      await report(PHONE, 'playing', 'tr-0', 0);
      nowMs += LENGTH_MS + 2_000;
      // The log is two seconds into the next one; the player buffers.
      await report(PHONE, 'playing', 'tr-0', LENGTH_MS - 500);
      expect(await heard()).toMatchObject({ track: 'tr-0', playing: true });
      await report(PHONE, 'stopped', 'tr-0', LENGTH_MS);
      await report(PHONE, 'starting', 'tr-1', 0);
      await report(PHONE, 'playing', 'tr-1', 0);
      expect(await heard()).toEqual({ track: 'tr-1', ms: 0, playing: true, outputs: ['Phone'] });
    });

    test('play what is not in the queue in its midst', async () => {
      await save(DESK, ALBUM, 1, 5_000);
      await report(PHONE, 'playing', 'tr-9', 3_000);
      const { queue } = await stateOf();
      expect(queue.items.map(({ trackId }) => trackId)).toEqual(['tr-0', 'tr-1', 'tr-9', 'tr-2']);
      expect(await heard()).toEqual({ track: 'tr-9', ms: 3_000, playing: true, outputs: ['Phone'] });
    });

    test('say nothing to the log that it knows', async () => {
      await save(PHONE, ALBUM, 0, 0);
      await report(PHONE, 'playing', 'tr-0', 0);
      const { seq } = await stateOf();
      for (let i = 1; i < 10; i++) {
        nowMs += 15_000;
        await report(PHONE, 'playing', 'tr-0', i * 15_000 + (i % 2) * 400);
      }
      expect((await stateOf()).seq).toBe(seq);
    });

    test('take over from a page that is silent, which does not begin to sound', async () => {
      await kitchenPlays();
      await kitchen({ type: 'pause' });
      await report(PHONE, 'playing', 'tr-2', 0);
      expect(await heard()).toEqual({ track: 'tr-2', ms: 0, playing: true, outputs: ['Phone'] });
    });

    test('are followed by a page that joins them', async () => {
      await save(PHONE, ALBUM, 0, 0);
      await report(PHONE, 'playing', 'tr-0', 10_000);
      await kitchen({ type: 'output.add', output: outputOf(KITCHEN, { name: 'Kitchen' }) });
      await report(PHONE, 'playing', 'tr-0', 40_000);
      expect(await heard()).toMatchObject({ ms: 40_000, playing: true, outputs: ['Phone', 'Kitchen'] });
      await report(PHONE, 'starting', 'tr-1', 0);
      await report(PHONE, 'playing', 'tr-1', 0);
      expect(await heard()).toMatchObject({ track: 'tr-1', playing: true, outputs: ['Phone', 'Kitchen'] });
      await report(PHONE, 'paused', 'tr-1', 500);
      expect(await heard()).toMatchObject({ ms: 500, playing: false, outputs: ['Kitchen'] });
    });

    test('are lost when they report no more, where they were heard last', async () => {
      await save(PHONE, ALBUM, 0, 0);
      for (const ms of [0, 15_000, 30_000]) {
        await report(PHONE, 'playing', 'tr-0', ms);
        nowMs += 15_000;
      }
      nowMs += 40_000;
      await players.queue(DESK);
      expect(await heard()).toMatchObject({ playing: true, outputs: ['Phone'] });
      nowMs += 10_000;
      expect(await players.queue(DESK)).toMatchObject({ currentIndex: 0, positionMs: 30_000 });
      expect(await heard()).toEqual({ track: 'tr-0', ms: 30_000, playing: false, outputs: [] });
    });

    test('that speak up at changes alone are believed until a while after the end', async () => {
      await save(PHONE, ALBUM, 0, 0);
      await report(PHONE, 'playing', 'tr-0', 0);
      nowMs += LENGTH_MS + 2.9 * MINUTE;
      await players.queue(DESK);
      expect(await heard()).toMatchObject({ track: 'tr-1', playing: true });
      nowMs += 0.2 * MINUTE;
      expect(await players.queue(DESK)).toMatchObject({ currentIndex: 0, positionMs: 0 });
    });

    test('are waited for when the server comes back, and not for ever', async () => {
      await save(PHONE, ALBUM, 0, 0);
      await report(PHONE, 'playing', 'tr-0', 20_000);
      players[Symbol.dispose]();
      await host[Symbol.asyncDispose]();
      clockId = 'another clock';
      nowMs += 10_000;
      start();
      await players.queue(DESK);
      expect(await heard()).toMatchObject({ track: 'tr-0', playing: true, outputs: ['Phone'] });
      nowMs += LENGTH_MS + 3 * MINUTE;
      await players.queue(DESK);
      expect(await heard()).toMatchObject({ playing: false, outputs: [] });
    });
  });

  describe('that say no more than what they begin', () => {
    test('are outputs too, and stand where they save their queue when they pause', async () => {
      await players.begins(PHONE, { trackId: 'tr-0', durationMs: LENGTH_MS });
      await save(PHONE, ALBUM, 0, 300);
      nowMs += MINUTE;
      expect(await heard()).toEqual({ track: 'tr-0', ms: 60_300, playing: true, outputs: ['Phone'] });
      await save(PHONE, ALBUM, 0, 60_100);
      nowMs += MINUTE;
      expect(await players.queue(DESK)).toMatchObject({ currentIndex: 0, positionMs: 60_100 });
      expect(await heard()).toMatchObject({ playing: false, outputs: [] });
    });

    test('resume a track where it stands', async () => {
      await save(PHONE, ALBUM, 1, 90_000);
      await players.begins(DESK, { trackId: 'tr-1', durationMs: LENGTH_MS });
      expect(await heard()).toEqual({ track: 'tr-1', ms: 90_000, playing: true, outputs: ['Desk'] });
    });
  });

  describe('while others play', () => {
    test('keep a queue of their own, and nobody else’s music stops', async () => {
      await kitchenPlays();
      nowMs += 10_000;
      await save(PHONE, OTHER, 1, 2_000);
      await report(PHONE, 'playing', 'tr-8', 2_000);
      await save(PHONE, OTHER, 1, 2_000);
      expect(await heard()).toEqual({ track: 'tr-0', ms: 10_000, playing: true, outputs: ['Kitchen'] });
      expect(await heard(PHONE.playerId)).toEqual({
        track: 'tr-8',
        ms: 2_000,
        playing: true,
        outputs: ['Phone'],
      });
      expect(await players.queue(PHONE)).toMatchObject({ trackIds: OTHER, currentIndex: 1 });
      expect(await players.queue(DESK)).toMatchObject({ trackIds: ALBUM, positionMs: 10_000 });
    });

    test('do not move what others hear by saving the queue that they hear', async () => {
      await kitchenPlays();
      nowMs += 10_000;
      await save(PHONE, ALBUM, 2, 5_000);
      await save(PHONE, [], 0, 0);
      expect(await heard()).toEqual({ track: 'tr-0', ms: 10_000, playing: true, outputs: ['Kitchen'] });
    });

    test('stay apart while others pause for a moment, and are back when they have been silent for long', async () => {
      await kitchenPlays();
      await report(PHONE, 'playing', 'tr-7', 0);
      await kitchen({ type: 'pause' });
      nowMs += 5 * MINUTE;
      await report(PHONE, 'paused', 'tr-7', MINUTE);
      expect(await heard()).toMatchObject({ track: 'tr-0', outputs: ['Kitchen'] });
      await report(PHONE, 'playing', 'tr-7', MINUTE);
      nowMs += 11 * MINUTE;
      await report(PHONE, 'paused', 'tr-7', 3 * MINUTE);
      expect(await heard()).toMatchObject({ track: 'tr-7', ms: 3 * MINUTE, playing: false });
      expect(await players.queue(DESK)).toMatchObject({ trackIds: ['tr-7'], positionMs: 3 * MINUTE });
      expect((await stateOf(PHONE.playerId)).queue.items).toEqual([]);
    });

    test('that take the music from them go apart', async () => {
      await save(PHONE, ALBUM, 0, 0);
      await report(PHONE, 'playing', 'tr-0', 10_000);
      await kitchen({ type: 'handover', output: outputOf(KITCHEN, { name: 'Kitchen' }) });
      nowMs += 15_000;
      await report(PHONE, 'playing', 'tr-0', 25_000);
      expect(await heard()).toMatchObject({ track: 'tr-0', playing: true, outputs: ['Kitchen'] });
      expect(await heard(PHONE.playerId)).toMatchObject({ ms: 25_000, playing: true, outputs: ['Phone'] });
    });
  });

  test('show what sounds on other outputs, of everybody', async () => {
    await kitchenPlays();
    await report(PHONE, 'playing', 'tr-7', 0);
    nowMs += 3_000;
    expect(players.playing()).toEqual([
      { userId: 'us-1', outputId: KITCHEN, name: 'Kitchen', trackId: 'tr-0', positionMs: 3_000, rate: 1 },
    ]);
    await kitchen({ type: 'pause' });
    expect(players.playing()).toEqual([]);
  });
});
