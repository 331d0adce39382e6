import { describe, expect, test } from 'vitest';
import {
  KITCHEN,
  LIVING,
  outputOf,
  PHONE,
  queueOf,
  SessionScript,
} from '../../../test/support/session-script.ts';
import { outcomeOf } from './fold.ts';
import { advance, positionAt } from './motion.ts';
import { currentItem, type PlaybackState } from './state.ts';

/** Track and position of the main deck at a log time. */
function heard(
  state: PlaybackState,
  atMs: number,
): { track: string | undefined; ms: number; playing: boolean } {
  const { queue, main } = advance(state, atMs);
  return { track: currentItem(queue)?.trackId, ms: positionAt(main, atMs), playing: main.playing };
}

const tracksOf = ({ queue }: PlaybackState) => queue.items.map(({ trackId }) => trackId);

describe('time', () => {
  test('goes through the queue by itself, and stands ready to begin again at its end', () => {
    const { state, atMs } = SessionScript.playing(10, 20, 30);
    expect(heard(state, atMs + 9_999)).toEqual({ track: 'tr-0', ms: 9_999, playing: true });
    expect(heard(state, atMs + 10_000)).toEqual({ track: 'tr-1', ms: 0, playing: true });
    expect(heard(state, atMs + 59_000)).toEqual({ track: 'tr-2', ms: 29_000, playing: true });
    expect(heard(state, atMs + 60_000)).toEqual({ track: 'tr-0', ms: 0, playing: false });
  });

  test('goes round a repeated queue, also after a thousand days without a command', () => {
    const script = SessionScript.playing(10, 20, 30);
    script.send({ type: 'queue.repeat', mode: 'all' });
    expect(heard(script.state, script.atMs + 1_440_000 * 60_000 + 12_000)).toMatchObject({
      track: 'tr-1',
      ms: 2_000,
    });
    script.send({ type: 'queue.repeat', mode: 'one' });
    expect(heard(script.state, script.atMs + 86_400_000 + 3_000)).toMatchObject({ track: 'tr-0', ms: 3_000 });
  });

  test('runs faster with the rate, from where it is changed on', () => {
    const script = SessionScript.playing(10, 20);
    script.wait(4_000).send({ type: 'rate', rate: 2 });
    expect(heard(script.state, script.atMs + 2_000)).toMatchObject({ track: 'tr-0', ms: 8_000 });
    expect(heard(script.state, script.atMs + 5_000)).toMatchObject({ track: 'tr-1', ms: 4_000 });
  });

  test('lets the next item begin while the current one fades', () => {
    const script = SessionScript.playing(10, 20);
    script.send({ type: 'crossfade', durationMs: 3_000 });
    expect(heard(script.state, script.atMs + 6_999)).toMatchObject({ track: 'tr-0' });
    expect(heard(script.state, script.atMs + 7_500)).toMatchObject({ track: 'tr-1', ms: 500 });
    // Nothing follows the last.
    expect(heard(script.state, script.atMs + 26_000)).toMatchObject({ track: 'tr-1', ms: 19_000 });
  });

  test('never falls: a record that was stamped earlier is folded as if it came now', () => {
    const script = SessionScript.playing(10);
    script.wait(5_000).send({ type: 'pause' });
    script.wait(-4_000).send({ type: 'seek', positionMs: 1_000 });
    expect(script.state.atMs).toBe(1_005_000);
  });

  test('jumps by a day with the clock of a server, and the music does not', () => {
    const script = SessionScript.playing(100, 100);
    script.clockId = 'clock-2';
    script.wait(86_400_000 + 7_000).send({ type: 'queue.repeat', mode: 'off' });
    const { epoch = 0 } = script.state.outputs[0] ?? {};
    const { itemId = '' } = currentItem(script.state.queue) ?? {};
    expect(heard(script.state, script.atMs)).toMatchObject({ track: 'tr-0', playing: true });
    // The one that played on says where it is, and another that comes later is no longer asked.
    const place = { itemId, positionMs: 7_000, atMs: script.atMs };
    expect(script.send({ type: 'anchor', epoch, place })).toBe('applied');
    expect(heard(script.state, script.atMs + 1_000)).toMatchObject({ track: 'tr-0', ms: 8_000 });
    script.clockId = 'clock-3';
    script.wait(-86_400_000).send({ type: 'queue.repeat', mode: 'off' });
    expect(script.state.atMs).toBe(script.atMs);
    expect(heard(script.state, script.atMs + 1_000)).toMatchObject({ track: 'tr-0', ms: 8_000 });
  });
});

describe('commands', () => {
  test('are applied once, however often they come', () => {
    const script = SessionScript.playing(10, 10, 10);
    script.send({ type: 'next' }, { cmdId: `${PHONE}.10` });
    const once = JSON.stringify({ ...script.state, seq: 0 });
    for (let i = 0; i < 99; i++)
      expect(script.send({ type: 'next' }, { cmdId: `${PHONE}.10` })).toBe('duplicate');
    expect(JSON.stringify({ ...script.state, seq: 0 })).toBe(once);
  });

  test('of fifty devices that skip one song at once are one skip', () => {
    const script = SessionScript.playing(10, 10, 10);
    const item = currentItem(script.state.queue)?.itemId ?? '';
    const outcomes = Array.from({ length: 50 }, (_, i) =>
      script.send({ type: 'next' }, { by: `device-${i}`.padEnd(16, '-'), only: { item } }),
    );
    expect(outcomes.filter((outcome) => outcome === 'applied').length).toBe(1);
    expect(outcomes.filter((outcome) => outcome === 'item-changed').length).toBe(49);
    expect(heard(script.state, script.atMs).track).toBe('tr-1');
  });

  test('keep their refusal for who did not hear of it', () => {
    const script = SessionScript.playing(10);
    expect(script.send({ type: 'next' }, { cmdId: `${PHONE}.7` })).toBe('at-end');
    expect(outcomeOf(script.state, `${PHONE}.7`)).toEqual({ kind: 'refused', reason: 'at-end' });
    expect(outcomeOf(script.state, `${PHONE}.6`)).toEqual({ kind: 'applied' });
    expect(outcomeOf(script.state, `${PHONE}.8`)).toBeUndefined();
  });

  test('say who did what', () => {
    const script = SessionScript.playing(10, 10);
    script.send({ type: 'next' }, { by: KITCHEN });
    expect(script.state.deeds.at(-1)).toEqual({
      seq: 3,
      atMs: script.atMs,
      by: KITCHEN,
      type: 'next',
      trackId: 'tr-1',
    });
  });

  test('that give the queue or the main deck another place are remembered, whatever comes after them', () => {
    const script = SessionScript.playing(10, 10);
    const atMs = script.wait(2_000).atMs;
    script.send({ type: 'next' }, { by: KITCHEN });
    const { itemId = '' } = currentItem(script.state.queue) ?? {};
    script.wait(1_000).send({ type: 'queue.measure', itemId, durationMs: 10_010 });
    script.send({ type: 'play' });
    for (let i = 0; i < 30; i++) script.send({ type: 'output.change', outputId: PHONE, volume: i / 30 });
    expect(script.state.changed).toEqual({ by: KITCHEN, atMs });
    script.clockId = 'clock-2';
    script.wait(86_400_000).send({ type: 'rename', name: 'Later' });
    expect(script.state.changed).toEqual({ by: KITCHEN, atMs });
  });

  test('that seek to another item leave what stands standing, and what plays playing', () => {
    const script = SessionScript.playing(10, 20, 30);
    const third = script.state.queue.items[2]?.itemId ?? '';
    script.wait(1_000).send({ type: 'seek', itemId: third, positionMs: 12_000 });
    expect(heard(script.state, script.atMs)).toEqual({ track: 'tr-2', ms: 12_000, playing: true });
    script.send({ type: 'pause' });
    const first = script.state.queue.items[0]?.itemId ?? '';
    script.send({ type: 'seek', itemId: first, positionMs: 3_000 });
    expect(heard(script.state, script.atMs + 500)).toEqual({ track: 'tr-0', ms: 3_000, playing: false });
    expect(script.send({ type: 'seek', itemId: `${LIVING}.9-0`, positionMs: 0 })).toBe('unknown-item');
  });

  test('to play need an output', () => {
    const script = new SessionScript();
    expect(script.send(queueOf([10]))).toBe('no-output');
    expect(script.send({ ...queueOf([10]), play: false })).toBe('applied');
    expect(script.send({ type: 'play' })).toBe('no-output');
    script.send({ type: 'output.add', output: outputOf(KITCHEN) });
    expect(script.send({ type: 'play' })).toBe('applied');
  });

  test('go back to the start of an item that has played for a while, or else to the one before', () => {
    const script = SessionScript.playing(10, 10);
    script.wait(14_000).send({ type: 'previous' });
    expect(heard(script.state, script.atMs)).toMatchObject({ track: 'tr-1', ms: 0 });
    script.wait(1_000).send({ type: 'previous' });
    expect(heard(script.state, script.atMs)).toMatchObject({ track: 'tr-0', ms: 0 });
    script.send({ type: 'previous' });
    expect(heard(script.state, script.atMs)).toMatchObject({ track: 'tr-0', ms: 0, playing: true });
  });

  test('that put a deck to sleep stop it at the minute, or at the end of its item', () => {
    const script = SessionScript.playing(10, 10);
    script.send({ type: 'sleep.at', inMs: 12_000 });
    expect(heard(script.state, script.atMs + 60_000)).toEqual({ track: 'tr-1', ms: 2_000, playing: false });
    script.send({ type: 'sleep.item-end' });
    expect(heard(script.state, script.atMs + 60_000)).toEqual({ track: 'tr-1', ms: 0, playing: false });
    script.send({ type: 'sleep.cancel' });
    expect(heard(script.state, script.atMs + 15_000)).toMatchObject({ track: 'tr-1', playing: true });
  });
});

describe('the queue', () => {
  const ids = ({ state }: SessionScript) => state.queue.items.map(({ itemId }) => itemId);

  test('takes items behind the current one, behind any, before everything, and at the end', () => {
    const script = SessionScript.playing(10, 10);
    const items = [{ trackId: 'tr-x', durationMs: 5_000 }];
    script.send({ type: 'queue.insert', items, after: 'current' });
    script.send({ type: 'queue.insert', items, after: 'end' });
    expect(script.send({ type: 'queue.insert', items, after: ids(script)[2] ?? '' })).toBe('applied');
    expect(tracksOf(script.state)).toEqual(['tr-0', 'tr-x', 'tr-1', 'tr-x', 'tr-x']);
    expect(new Set(ids(script)).size).toBe(5);
    script.send({ type: 'queue.insert', items, after: 'start' });
    expect(tracksOf(script.state).slice(0, 2)).toEqual(['tr-x', 'tr-0']);
    expect(currentItem(script.state.queue)?.trackId).toBe('tr-0');
    expect(script.send({ type: 'queue.insert', items, after: `${LIVING}.9-0` })).toBe('unknown-item');
    const most = Array.from({ length: 5_000 }, () => ({ trackId: 'tr-y', durationMs: 1 }));
    for (let i = 0; i < 3; i++) script.send({ type: 'queue.insert', items: most, after: 'end' });
    expect(script.send({ type: 'queue.insert', items: most, after: 'end' })).toBe('queue-full');
  });

  test('goes on with what came behind an item that is removed while it plays', () => {
    const script = SessionScript.playing(10, 20, 30);
    const [first = '', second = '', third = ''] = ids(script);
    script.wait(12_000).send({ type: 'queue.remove', itemIds: [first, second] });
    expect(heard(script.state, script.atMs + 1_000)).toEqual({ track: 'tr-2', ms: 1_000, playing: true });
    script.send({ type: 'queue.remove', itemIds: [third] });
    expect(heard(script.state, script.atMs)).toEqual({ track: undefined, ms: 0, playing: false });
  });

  test('moves items without touching what sounds', () => {
    const script = SessionScript.playing(10, 20, 30);
    const [first = '', second = '', third = ''] = ids(script);
    script.wait(3_000).send({ type: 'queue.move', itemIds: [third], before: first });
    script.send({ type: 'queue.move', itemIds: [second, first] });
    expect(tracksOf(script.state)).toEqual(['tr-2', 'tr-0', 'tr-1']);
    expect(heard(script.state, script.atMs)).toEqual({ track: 'tr-0', ms: 3_000, playing: true });
    expect(script.send({ type: 'queue.move', itemIds: [first], before: `${LIVING}.9-0` })).toBe(
      'unknown-item',
    );
  });

  test('is shuffled alike by everyone, and goes back to its order', () => {
    const script = SessionScript.playing(...Array.from({ length: 50 }, () => 10));
    const before = tracksOf(script.state);
    script.wait(25_000).send({ type: 'queue.shuffle', seed: 7 });
    expect(tracksOf(script.state)[0]).toBe('tr-2');
    expect(tracksOf(script.state)).not.toEqual(before);
    expect(tracksOf(script.state).toSorted()).toEqual(before.toSorted());
    script.send({ type: 'queue.insert', items: [{ trackId: 'tr-x', durationMs: 1 }], after: 'current' });
    script.send({ type: 'queue.unshuffle' });
    expect(tracksOf(script.state)).toEqual([...before, 'tr-x']);
    expect(heard(script.state, script.atMs)).toMatchObject({ track: 'tr-2', ms: 5_000 });
  });

  test('is changed only as long as it is the one that was looked at, where that is asked', () => {
    const script = SessionScript.playing(10, 10);
    const { version } = script.state.queue;
    const shuffled = { type: 'queue.shuffle', seed: 1 } as const;
    expect(script.send(shuffled, { only: { queueVersion: version } })).toBe('applied');
    expect(script.send({ type: 'queue.unshuffle' }, { only: { queueVersion: version } })).toBe(
      'queue-changed',
    );
  });

  test('takes the length that an output measured', () => {
    const script = SessionScript.playing(10, 10);
    script.send({ type: 'queue.measure', itemId: ids(script)[0] ?? '', durationMs: 9_500.25 });
    expect(heard(script.state, script.atMs + 10_000)).toMatchObject({ track: 'tr-1', ms: 499.75 });
  });
});

describe('decks', () => {
  const rain = {
    type: 'deck.open',
    deckId: 'rain',
    item: { trackId: 'tr-9', durationMs: 4_000 },
    gain: 0.5,
  } as const;

  test('sound beside the queue, each with its gain, its end and its pause', () => {
    const script = SessionScript.playing(60);
    script.send({ ...rain, loop: true, play: true });
    script.wait(9_000).send({ type: 'deck.change', deckId: 'rain', gain: 0.25 });
    const [deck] = script.state.decks;
    expect(deck && positionAt(deck.motion, script.atMs)).toBe(1_000);
    expect(deck).toMatchObject({ gain: 0.25, loop: true });
    script.send({ type: 'pause' });
    expect(script.state.decks[0]?.motion.playing).toBe(true);
    script.send({ type: 'pause', deckId: 'rain' });
    script.send({ type: 'seek', deckId: 'rain', positionMs: 3_000 });
    script.send({ type: 'deck.change', deckId: 'rain', loop: false });
    script.send({ type: 'play', deckId: 'rain' });
    expect(advance(script.state, script.atMs + 2_000).decks[0]?.motion).toMatchObject({
      playing: false,
      positionMs: 0,
    });
    script.send({ type: 'deck.close', deckId: 'rain' });
    expect(script.send({ type: 'play', deckId: 'rain' })).toBe('unknown-deck');
  });

  test('are bounded', () => {
    const script = SessionScript.playing(60);
    const open = (i: number) => script.send({ ...rain, deckId: `d${i}`, loop: true, play: true });
    expect(Array.from({ length: 8 }, (_, i) => open(i))).toEqual([
      ...Array(7).fill('applied'),
      'too-many-decks',
    ]);
  });
});

describe('outputs', () => {
  test('that sound together begin together, as far ahead as the slowest of them needs', () => {
    const script = SessionScript.playing(60);
    script.send({ type: 'output.add', output: outputOf(KITCHEN, { leadMs: 400 }) });
    expect(heard(script.wait(5_000).state, script.atMs)).toMatchObject({ ms: 5_000 });
    script.send({ type: 'seek', positionMs: 30_000 });
    expect(script.state.main).toMatchObject({ positionMs: 30_000, atMs: script.atMs + 400 });
    expect(heard(script.state, script.atMs + 500)).toMatchObject({ ms: 30_100 });
  });

  test('hand over without a gap: one sounds until the other begins', () => {
    const script = SessionScript.playing(60);
    script.wait(5_000).send({ type: 'handover', output: outputOf(KITCHEN) });
    const [phone, kitchen] = script.state.outputs;
    expect(phone?.untilMs).toBe(kitchen?.fromMs);
    expect(kitchen).toMatchObject({ outputId: KITCHEN, fromMs: script.atMs + 1_100 });
    expect(heard(script.state, script.atMs + 2_000)).toMatchObject({ ms: 7_000 });
    script.wait(20_000).send({ type: 'pause' });
    expect(script.state.outputs.map(({ outputId }) => outputId)).toEqual([KITCHEN]);
  });

  test('that sound already take over as they are, at once', () => {
    const script = SessionScript.playing(60, 60);
    const { itemId = '' } = script.state.queue.items[1] ?? {};
    const resume = { itemId, positionMs: 20_000, atMs: script.wait(5_000).atMs };
    script.send({ type: 'pause' });
    script.send({ type: 'handover', output: outputOf(KITCHEN, { kind: 'subsonic' }), resume });
    expect(heard(script.state, script.atMs + 300)).toEqual({ track: 'tr-1', ms: 20_300, playing: true });
    expect(script.state.outputs.map(({ fromMs, untilMs }) => untilMs ?? fromMs)).toEqual([
      script.atMs,
      script.atMs,
    ]);
  });

  test('that are lost stop the music where they were heard last, if they were the only one', () => {
    const script = SessionScript.playing(60);
    const { epoch = 0 } = script.state.outputs[0] ?? {};
    const seenAtMs = script.wait(10_000).atMs;
    expect(script.wait(30_000).send({ type: 'output.lost', outputId: PHONE, epoch, seenAtMs })).toBe(
      'applied',
    );
    expect(heard(script.state, script.atMs)).toEqual({ track: 'tr-0', ms: 10_000, playing: false });
  });

  test('that were lost go on where they are by now, unless somebody has moved the music since', () => {
    const back = (script: SessionScript, mainSeq: number) => {
      const { itemId = '' } = currentItem(script.state.queue) ?? {};
      const resume = { itemId, positionMs: 40_000, atMs: script.atMs };
      return script.send({ type: 'output.add', output: outputOf(PHONE), resume }, { only: { mainSeq } });
    };
    const lost = () => {
      const script = SessionScript.playing(60);
      const { mainSeq, outputs } = script.state;
      const epoch = outputs[0]?.epoch ?? 0;
      script.wait(40_000).send({ type: 'output.lost', outputId: PHONE, epoch, seenAtMs: 0 }, { by: LIVING });
      return { script, mainSeq, epoch };
    };
    const undisturbed = lost();
    expect(back(undisturbed.script, undisturbed.mainSeq)).toBe('applied');
    expect(heard(undisturbed.script.state, undisturbed.script.atMs)).toEqual({
      track: 'tr-0',
      ms: 40_000,
      playing: true,
    });
    const disturbed = lost();
    disturbed.script.send({ type: 'seek', positionMs: 1_000 }, { by: KITCHEN });
    expect(back(disturbed.script, disturbed.mainSeq)).toBe('moved');
  });

  test('of an earlier stay are not heard', () => {
    const script = SessionScript.playing(60);
    const { epoch = 0 } = script.state.outputs[0] ?? {};
    script.send({ type: 'output.add', output: outputOf(PHONE) });
    const { itemId = '' } = currentItem(script.state.queue) ?? {};
    const place = { itemId, positionMs: 50_000, atMs: script.atMs };
    expect(script.send({ type: 'anchor', epoch, place })).toBe('stale-output');
    expect(script.send({ type: 'output.lost', outputId: PHONE, epoch, seenAtMs: 0 })).toBe('stale-output');
  });

  test('set the time alone, never for others', () => {
    const script = SessionScript.playing(60);
    const { epoch = 0 } = script.state.outputs[0] ?? {};
    const { itemId = '' } = currentItem(script.state.queue) ?? {};
    const anchor = (positionMs: number, atMs: number) =>
      script.send({ type: 'anchor', epoch, place: { itemId, positionMs, atMs } });
    script.wait(5_000);
    expect(anchor(4_900, script.atMs - 20)).toBe('applied');
    expect(heard(script.state, script.atMs)).toMatchObject({ ms: 4_920 });
    expect(anchor(4_900, script.atMs - 11_000)).toBe('out-of-bounds');
    script.send({ type: 'output.add', output: outputOf(KITCHEN) });
    // It begins to be heard a little later: until then there is one that can say where it is.
    expect(anchor(5_100, script.atMs)).toBe('applied');
    script.wait(1_200);
    expect(anchor(1, script.atMs)).toBe('not-alone');
  });

  test('are bounded', () => {
    const script = SessionScript.playing(60);
    const add = (i: number) => script.send({ type: 'output.add', output: outputOf(`o${i}`.padEnd(16, '-')) });
    expect(Array.from({ length: 64 }, (_, i) => add(i)).filter((outcome) => outcome !== 'applied')).toEqual([
      'too-many-outputs',
    ]);
  });
});
