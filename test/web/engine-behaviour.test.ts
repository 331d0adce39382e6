import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EngineWorld, openEngineWorld } from '../support/engine-world.ts';

const MOST_PLAYS = 5;

const isHere = existsSync('/usr/bin/chromium') || process.env['CI'] === 'true';

/** Both ways in which sound reaches the audio thread: memory that is shared, and messages where none may be. */
describe.runIf(isHere).for([true, false])('the engine, with shared memory: %s', (isolated) => {
  let world: EngineWorld | undefined;
  let ids: string[] = [];
  beforeAll(async () => {
    world = await openEngineWorld({ isolated });
    ids = await world.cut('whole', 'flac', 6, [2, 4]);
  }, 120_000);
  afterAll(() => world?.[Symbol.asyncDispose]());

  const page = () => {
    if (!world) throw new Error('there is no page');
    return world.page;
  };

  it('puts out a queue of one recording as the recording', async () => {
    const play = () =>
      page().evaluate(async (ids) => {
        const { lab } = window;
        await lab.make({}, true);
        lab.engine.setQueue(lab.items(ids, 2_000), { currentIndex: 0, play: true });
        await lab.until('sounding', 0);
        await lab.until('over', 0);
        await new Promise((resolve) => setTimeout(resolve, 300));
        const { underruns } = lab.engine.state;
        return { ...(await lab.compareRecording('samples/whole')), isolated: crossOriginIsolated, underruns };
      }, ids);
    // A machine too busy to decode in time counts an underrun: what was heard then says nothing of joins.
    let heard = await play();
    for (let again = 1; again < MOST_PLAYS && heard.underruns > 0; again++) heard = await play();
    expect(heard).toMatchObject({ frames: 264_600, wantedFrames: 264_600, different: 0, isolated });
  });

  it('lets two items sound together for as long as a crossfade is to take', async () => {
    const heard = await page().evaluate(async (ids) => {
      const { lab } = window;
      await lab.make({ crossfadeMs: 800 }, true);
      lab.engine.setQueue(lab.items(ids, 2_000), { currentIndex: 0, play: true });
      await lab.until('sounding', 0);
      await lab.until('over', 0);
      await new Promise((resolve) => setTimeout(resolve, 300));
      return lab.recordedFrames();
    }, ids);
    // Three items of 2 s that overlap twice; a busy machine may begin one a little late.
    expect(heard).toBeGreaterThan(44_100 * 4.4 - 200);
    expect(heard).toBeLessThan(44_100 * 5.2);
  });

  it('plays on after a pause from where it was, and a skip goes to the next item', async () => {
    const seen = await page().evaluate(async (ids) => {
      const { lab } = window;
      await lab.make({}, false);
      const { engine } = lab;
      engine.setQueue(lab.items(ids, 2_000), { currentIndex: 0, positionMs: 500, play: true });
      await lab.until('sounding', 0);
      engine.pause();
      await new Promise((resolve) => setTimeout(resolve, 200));
      const pausedMs = engine.positionMs();
      await new Promise((resolve) => setTimeout(resolve, 200));
      const laterMs = engine.positionMs();
      engine.next();
      const skipped = { index: engine.state.currentIndex, status: engine.state.status };
      engine.play();
      await lab.until('sounding', 0);
      engine.previous();
      return { pausedMs, laterMs, skipped, index: engine.state.currentIndex };
    }, ids);
    expect(seen.pausedMs).toBeGreaterThanOrEqual(500);
    expect(seen.laterMs).toBe(seen.pausedMs);
    expect(seen.skipped).toEqual({ index: 1, status: 'paused' });
    expect(seen.index).toBe(0);
  });

  it('goes on by itself after an interruption, and stays silent where it was paused', async () => {
    const seen = await page().evaluate(async (ids) => {
      const { lab } = window;
      await lab.make({}, false);
      const { engine } = lab;
      engine.setQueue(lab.items(ids, 2_000), { currentIndex: 0, play: true });
      await lab.until('sounding', 0);
      await lab.interrupt();
      const index = engine.state.currentIndex;
      const positionMs = engine.positionMs();
      while (engine.state.currentIndex === index && engine.positionMs() < positionMs + 200)
        await new Promise((resolve) => setTimeout(resolve, 20));
      engine.pause();
      const states = await lab.interrupt();
      return { status: engine.state.status, states: [...new Set(states)] };
    }, ids);
    expect(seen).toEqual({ status: 'paused', states: ['suspended'] });
  });

  it('plays on where it was when the output that is chosen is not there', async () => {
    const seen = await page().evaluate(async (ids) => {
      const { lab } = window;
      await lab.make({}, false);
      const { engine } = lab;
      engine.setQueue(lab.items(ids, 2_000), { currentIndex: 0, play: true });
      await lab.until('sounding', 0);
      engine.change({ outputDeviceId: 'taken away' });
      const positionMs = engine.positionMs();
      while (engine.state.currentIndex === 0 && engine.positionMs() < positionMs + 200)
        await new Promise((resolve) => setTimeout(resolve, 20));
      return { outputs: [...new Set(lab.outputs())], status: engine.state.status };
    }, ids);
    expect(seen).toEqual({ outputs: [''], status: 'playing' });
  });

  it('goes on with another item after an edit of what follows, though that was decoded already', async () => {
    const trackIds = await page().evaluate(async (ids) => {
      const { lab } = window;
      await lab.make({}, false);
      const { engine } = lab;
      const items = lab.items(ids, 2_000);
      engine.setQueue(items, { currentIndex: 0, play: true });
      await lab.until('sounding', 0);
      await new Promise((resolve) => setTimeout(resolve, 700));
      engine.editQueue([items[0], items[2]].filter((item) => item !== undefined));
      const heard = [engine.state.items[engine.state.currentIndex]?.trackId];
      engine.subscribe(() => {
        const { items, currentIndex, status } = engine.state;
        const id = items[currentIndex]?.trackId;
        if (status === 'playing' && heard.at(-1) !== id) heard.push(id);
      });
      await lab.until('over', 0);
      return heard;
    }, ids);
    expect(trackIds).toEqual([ids[0], ids[2]]);
  });

  it('says which track cannot be played, and goes on to the next', async () => {
    const seen = await page().evaluate(async (id) => {
      const { lab } = window;
      await lab.make({}, false);
      const { engine } = lab;
      const faults: unknown[] = [];
      engine.subscribe(() => engine.state.fault && faults.push(engine.state.fault));
      engine.setQueue(lab.items(['missing', id], 2_000), { currentIndex: 0, play: true });
      await lab.until('sounding', 0);
      return { faults, index: engine.state.currentIndex };
    }, ids[1] ?? '');
    expect(seen.index).toBe(1);
    expect(seen.faults[0]).toEqual({ kind: 'not-found', trackId: 'missing', retrying: false });
  });

  it('stops, and not for ever begins anew, where nothing of a queue can be played', async () => {
    const status = await page().evaluate(async () => {
      const { lab } = window;
      await lab.make({}, false);
      lab.engine.setRepeat('all');
      lab.engine.setQueue(lab.items(['gone', 'lost'], 2_000), { currentIndex: 0, play: true });
      await lab.until('over', 0);
      return lab.engine.state.status;
    });
    expect(status).toBe('paused');
  });
});
