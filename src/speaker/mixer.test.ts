import { afterEach, describe, expect, it } from 'vitest';
import { FRAME_STEP, memoryTracks } from '../../test/support/memory-tracks.ts';
import { KITCHEN, outputOf, PHONE, SessionScript } from '../../test/support/session-script.ts';
import type { Action } from '../playback/session/index.ts';
import { Mixer } from './mixer.ts';
import type { Moment } from './moment.ts';

const RATE_HZ = 16_000;
const BLOCK_FRAMES = 160;
const BLOCK_MS = 10;
/** Log time is far from any other. */
const SINCE_MS = 1_700_000_000_000;

interface Frame {
  /** `performance.now()`, when it is heard. */
  readonly localMs: number;
  readonly track: number;
  readonly frame: number;
}

describe('what a speaker makes of a session', () => {
  let mixer: Mixer;
  afterEach(() => mixer[Symbol.asyncDispose]());

  /** A session of two outputs, or one, with tracks of these lengths, and a device whose clock is off by so much. */
  function begin(
    lengthsMs: readonly number[],
    {
      alone = false,
      ppm = 0,
      trueLengthsMs = lengthsMs,
    }: { alone?: boolean; ppm?: number; trueLengthsMs?: readonly (number | undefined)[] } = {},
  ) {
    const script = new SessionScript(SINCE_MS);
    const tracks = memoryTracks(
      RATE_HZ,
      Object.fromEntries(trueLengthsMs.map((ms, i) => [`tr-${i + 1}`, ms])),
    );
    const faults: string[] = [];
    mixer = new Mixer({ tracks, onFault: ({ trackId }) => faults.push(trackId), onSound: () => undefined });
    let localMs = 0;
    let lateMs = 0;
    const act = (action: Action, by = PHONE) => {
      script.wait(SINCE_MS + localMs - script.atMs);
      expect(script.send(action, { by })).toBe('applied');
    };
    act({ type: 'output.add', output: outputOf(KITCHEN) }, KITCHEN);
    if (!alone) act({ type: 'output.add', output: outputOf(PHONE) });
    const items = lengthsMs.map((durationMs, i) => ({ trackId: `tr-${i + 1}`, durationMs }));
    act({ type: 'queue.replace', items, startIndex: 0, positionMs: 0, play: false });
    /** Renders for so long, with time for what decodes. */
    const render = async (forMs: number, isKnown = true): Promise<Frame[]> => {
      const heard: Frame[] = [];
      const out = new Float32Array(2 * BLOCK_FRAMES);
      for (const untilMs = localMs + forMs; localMs < untilMs; localMs += BLOCK_MS) {
        await new Promise((resolve) => setImmediate(resolve));
        const drift = ppm * 1e-6;
        const own = script.state.outputs.find(({ outputId }) => outputId === KITCHEN);
        const moment: Moment | undefined = own && {
          state: script.state,
          own,
          logMs: SINCE_MS + localMs * (1 + drift) - lateMs,
          localMs,
          frameLogMs: (1000 / RATE_HZ) * (1 + drift),
          drift: 0,
          doubtMs: 0,
          isAlone: alone,
        };
        if (!own) mixer.clear();
        mixer.render(out, isKnown ? moment : undefined);
        lateMs += mixer.takeLateMs();
        for (let i = 0; i < BLOCK_FRAMES; i++) {
          const [left = 0, right = 0] = [out[2 * i], out[2 * i + 1]];
          if (right === 0) continue;
          heard.push({
            localMs: localMs + (1000 * i) / RATE_HZ,
            track: right,
            frame: left / FRAME_STEP,
          });
        }
      }
      return heard;
    };
    return { script, tracks, faults, act, render, lateMs: () => lateMs, nowMs: () => localMs };
  }

  /** Frames that were heard at full loudness, of one track alone. */
  const whole = (heard: readonly Frame[]) =>
    heard.filter(({ track }) => Math.abs(track - Math.round(track)) < 1e-4);
  const lateOf = ({ localMs, frame }: Frame, startMs: number) => localMs - startMs - (frame / RATE_HZ) * 1000;

  it('begins to the frame where a start is scheduled, with its first one', async () => {
    const { act, render, script } = begin([3_000]);
    await render(200);
    act({ type: 'play' });
    const startMs = script.state.main.atMs - SINCE_MS;
    expect(startMs).toBe(300);
    const heard = await render(500);
    expect(heard[0]).toMatchObject({ localMs: 300, track: 1 });
    expect(heard[0]?.frame).toBeCloseTo(0, 1);
    for (const frame of whole(heard)) expect(Math.abs(lateOf(frame, 300))).toBeLessThan(0.2);
  });

  it('is silent until sound is there, and then where the others are', async () => {
    const { act, render, tracks } = begin([5_000]);
    tracks.isStalled = true;
    act({ type: 'play' });
    expect(await render(600)).toEqual([]);
    tracks.isStalled = false;
    const heard = await render(300);
    expect(heard.length).toBeGreaterThan(RATE_HZ * 0.2);
    expect(Math.abs(lateOf(heard[200] ?? never(), 100))).toBeLessThan(0.2);
  });

  it('goes over the border to the next track without a gap, a frame missing, or one twice', async () => {
    const { act, render } = begin([1_000, 1_000]);
    act({ type: 'play' });
    const heard = await render(1_500);
    const border = heard.findIndex(({ track }) => track > 1.5);
    const [before, after] = [heard[border - 1], heard[border]];
    expect((after?.localMs ?? 0) - (before?.localMs ?? 0)).toBeCloseTo(1000 / RATE_HZ, 6);
    expect(before?.frame).toBeCloseTo(RATE_HZ - 1, 0);
    expect(after?.frame).toBeCloseTo(0, 0);
  });

  it('makes up for a track that is a little longer or shorter than the catalogue has it', async () => {
    for (const trueMs of [1_004, 996]) {
      const { act, render } = begin([1_000, 4_000], { trueLengthsMs: [trueMs, 4_000] });
      act({ type: 'play' });
      const heard = await render(1_400);
      const second = heard.filter(({ track }) => track > 1.9);
      expect(lateOf(second[10] ?? never(), 1_100)).toBeCloseTo(trueMs - 1_000, 0);
      const settled = await render(3_000);
      expect(Math.abs(lateOf(settled.at(-1) ?? never(), 1_100))).toBeLessThan(1.5);
      await mixer[Symbol.asyncDispose]();
    }
  });

  it.each([300, -300])('stays in step where the clocks drift apart by %i ppm', async (ppm) => {
    const { act, render } = begin([30_000], { ppm });
    act({ type: 'play' });
    const heard = await render(20_000);
    const last = heard.at(-1) ?? never();
    const logMs = last.localMs * (1 + ppm * 1e-6);
    expect(Math.abs(logMs - 100 - (last.frame / RATE_HZ) * 1000)).toBeLessThan(1);
  });

  it('goes where somebody seeks, and skips, in step', async () => {
    const { act, render, script } = begin([60_000, 60_000]);
    act({ type: 'play' });
    await render(500);
    for (const action of [
      { type: 'seek', positionMs: 40_000 },
      { type: 'next' },
      { type: 'previous' },
    ] as const) {
      act(action);
      const { atMs, positionMs } = script.state.main;
      const heard = await render(900);
      const last = heard.at(-1) ?? never();
      expect(last.track).toBeCloseTo(script.state.queue.currentIndex + 1, 4);
      expect(Math.abs(lateOf(last, atMs - SINCE_MS - positionMs))).toBeLessThan(0.2);
    }
  });

  it('stands where it was paused, and goes on from there', async () => {
    const { act, render, script } = begin([60_000]);
    act({ type: 'play' });
    await render(1_005);
    act({ type: 'pause' });
    const stopping = await render(500);
    expect(stopping.length).toBeLessThanOrEqual(128);
    act({ type: 'play' });
    const { atMs, positionMs } = script.state.main;
    const heard = await render(400);
    expect(heard[0]?.localMs).toBeCloseTo(atMs - SINCE_MS, 0);
    expect(Math.abs(lateOf(heard[200] ?? never(), atMs - SINCE_MS - positionMs))).toBeLessThan(0.2);
  });

  it('lets a track fade into the next where that is asked for', async () => {
    const { act, render } = begin([2_000, 2_000]);
    act({ type: 'crossfade', durationMs: 500 });
    act({ type: 'play' });
    const heard = await render(2_500);
    const at = (ms: number) => heard.find(({ localMs }) => localMs >= 100 + ms)?.track ?? 0;
    expect(at(1_400)).toBeCloseTo(1, 4);
    // In the middle of the fade both have half of their power.
    expect(at(1_750)).toBeCloseTo((1 + 2) * Math.SQRT1_2, 1);
    expect(at(2_100)).toBeCloseTo(2, 3);
  });

  it('plays from the first frame where it is the only output, and says how late that was', async () => {
    const { act, render, tracks, lateMs } = begin([5_000], { alone: true });
    tracks.isStalled = true;
    act({ type: 'play' });
    await render(700);
    tracks.isStalled = false;
    const heard = await render(500);
    expect(heard[0]?.frame).toBeCloseTo(0, 1);
    expect(lateMs()).toBeCloseTo(heard[0]?.localMs ?? 0, 0);
    const last = heard.at(-1) ?? never();
    expect(lateOf(last, lateMs())).toBeCloseTo(0, 0);
  });

  it('goes on where it was when the only output had nothing to play for a while', async () => {
    const { act, render, tracks, lateMs } = begin([60_000], { alone: true });
    act({ type: 'play' });
    await render(500);
    tracks.isStalled = true;
    const before = await render(9_000);
    tracks.isStalled = false;
    const after = await render(1_000);
    expect(after[200]?.frame).toBeGreaterThan(before.at(-1)?.frame ?? 0);
    expect((after[0]?.frame ?? 0) - (before.at(-1)?.frame ?? 0)).toBeLessThan(RATE_HZ);
    expect(lateMs()).toBeGreaterThan(2_000);
  });

  it('is silent while it is not known when a frame is heard, and then in step again, with what it had', async () => {
    const { act, render, tracks } = begin([60_000]);
    act({ type: 'play' });
    await render(500);
    tracks.isStalled = true;
    expect((await render(300, false)).length).toBeLessThanOrEqual(128);
    const heard = await render(300);
    expect(Math.abs(lateOf(heard[200] ?? never(), 100))).toBeLessThan(0.2);
  });

  it('plays tracks beside the queue, in step, each as loud as it is told to be, and again and again', async () => {
    const { act, render } = begin([60_000, 1_000]);
    const rain = { type: 'deck.open', deckId: 'rain', loop: true, gain: 0.5, play: true } as const;
    act({ ...rain, item: { trackId: 'tr-2', durationMs: 1_000 } });
    const heard = await render(3_000);
    // At 0.125 of its samples, as people hear a half.
    expect(heard.at(-1)?.track).toBeCloseTo(2 * 0.125, 4);
    for (const { localMs, frame } of heard.slice(2 * RATE_HZ, -RATE_HZ / 10)) {
      const late = (localMs - 100 - (8 * frame * 1_000) / RATE_HZ + 500) % 1_000;
      expect(Math.abs(late - 500)).toBeLessThan(1);
    }
    const gaps = heard
      .slice(1)
      .filter(({ localMs }, i) => localMs - (heard[i]?.localMs ?? 0) > 2_000 / RATE_HZ);
    expect(gaps).toEqual([]);
    act({ type: 'play' });
    expect((await render(500)).at(-1)?.track).toBeCloseTo(1 + 2 * 0.125, 3);
    act({ type: 'deck.close', deckId: 'rain' });
    expect((await render(200)).at(-1)?.track).toBeCloseTo(1, 4);
  });

  it('is as loud as it is told to be, as people hear it, and silent when muted', async () => {
    const { act, render } = begin([60_000]);
    act({ type: 'output.change', outputId: KITCHEN, volume: 0.5 });
    act({ type: 'play' });
    expect((await render(500)).at(-1)?.track).toBeCloseTo(0.125, 4);
    act({ type: 'output.change', outputId: KITCHEN, muted: true });
    await render(100);
    expect(await render(100)).toEqual([]);
  });

  it('tells once of a track that cannot be decoded, and plays the next one', async () => {
    const { act, render, faults } = begin([500, 2_000], { trueLengthsMs: [undefined, 2_000] });
    act({ type: 'play' });
    expect(await render(500)).toEqual([]);
    expect((await render(500)).at(-1)?.track).toBeCloseTo(2, 4);
    expect(faults).toEqual(['tr-1']);
  });

  it('is silent where a track ends long before the catalogue has it, without looking for the rest again and again', async () => {
    const { act, render, tracks } = begin([4_000, 4_000], { trueLengthsMs: [1_000, 4_000] });
    act({ type: 'play' });
    const heard = await render(4_000);
    expect(whole(heard).at(-1)?.localMs).toBeCloseTo(1_100, -1);
    expect(tracks.decodings).toBe(2);
    expect((await render(500)).at(-1)?.track).toBeCloseTo(2, 4);
  });

  it('neither breaks off nor begins with a step, wherever it goes', async () => {
    const { act, render, script } = begin([60_000, 60_000]);
    act({ type: 'play' });
    const heard = await render(400);
    for (const action of [
      { type: 'seek', positionMs: 30_000 },
      { type: 'next' },
      { type: 'seek', positionMs: 1_000 },
      { type: 'pause' },
    ] as const) {
      act(action);
      heard.push(...(await render(script.state.main.playing ? 600 : 100)));
    }
    for (const [i, { localMs, track, frame }] of heard.entries()) {
      const before = heard[i - 1];
      const isNext = before !== undefined && localMs - before.localMs < 1_500 / RATE_HZ;
      // Loudness is what is in the right channel; a track begins with its first frame as it is.
      if (isNext || frame > 1) expect(Math.abs(track - (isNext ? before.track : 0))).toBeLessThan(0.05);
      if (before && !isNext) expect(before.track).toBeLessThan(0.05);
    }
    expect(heard.at(-1)?.track).toBeLessThan(0.05);
  });

  it('holds the tracks that it needs, and no others', async () => {
    const { act, render, tracks, script } = begin([60_000, 60_000, 60_000]);
    act({ type: 'play' });
    await render(300);
    expect(tracks.openIds).toEqual(['tr-1']);
    act({ type: 'jump', itemId: script.state.queue.items[2]?.itemId ?? '' });
    await render(300);
    expect(tracks.openIds).toEqual(['tr-3']);
    act({ type: 'output.remove', outputId: KITCHEN });
    await render(50);
    expect(tracks.openIds).toEqual([]);
  });
});

function never(): never {
  throw new Error('nothing was heard');
}
