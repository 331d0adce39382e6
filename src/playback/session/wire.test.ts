import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { outputOf, PHONE, queueOf, SessionScript } from '../../../test/support/session-script.ts';
import { headOf, stateOf } from './head.ts';
import { advance, positionAt } from './motion.ts';
import { predict } from './predict.ts';
import { patchBetween, patched } from './queue-patch.ts';
import { currentItem, type PlaybackState } from './state.ts';

function queueWith(version: number, ids: readonly number[]) {
  const items = ids.map((id) => ({ itemId: String(id), trackId: 'tr-1', durationMs: 1_000 }));
  return { version, items, currentIndex: 0, repeat: 'off' } as const;
}

describe('a patch of a queue', () => {
  const ids = fc.array(fc.nat(8), { maxLength: 12 });

  test('makes one version of the other, whatever they are, and says no more than it must', () => {
    fc.assert(
      fc.property(ids, ids, (one, other) => {
        const [before, after] = [queueWith(1, one), queueWith(2, other)];
        const patch = patchBetween(before, after);
        expect(patch && patched(before, patch)).toEqual(after.items);
      }),
    );
    const [before, after] = [queueWith(1, [1, 2, 3, 4]), queueWith(2, [1, 2, 9, 3, 4])];
    expect(patchBetween(before, after)).toMatchObject({ at: 2, removed: 0, items: [{ itemId: '9' }] });
  });

  test('is none where nothing changed, and fits no other version', () => {
    const [before, after] = [queueWith(1, [1, 2]), queueWith(2, [2])];
    expect(patchBetween(before, { ...before, currentIndex: 1 })).toBeUndefined();
    const patch = patchBetween(before, after);
    expect(patch && patched({ version: 7, items: before.items }, patch)).toBeUndefined();
  });
});

describe('a device', () => {
  /** What is told of a state to a device that was told another before. */
  function told(before: PlaybackState | undefined, after: PlaybackState): PlaybackState | undefined {
    const head = headOf(after, before?.seq ?? 0);
    const patch = patchBetween(before?.queue, after.queue);
    return stateOf(JSON.parse(JSON.stringify(head)), patch && JSON.parse(JSON.stringify(patch)), before);
  }

  test('has the server’s state after each head, but for what only the server needs', () => {
    const script = SessionScript.playing(10, 20, 30);
    let here = told(undefined, script.state);
    script.send({ type: 'queue.shuffle', seed: 3 });
    script.send({
      type: 'deck.open',
      deckId: 'rain',
      item: { trackId: 'tr-9', durationMs: 1 },
      gain: 1,
      loop: true,
      play: true,
    });
    here = told(here, script.state);
    const { unshuffled: _, ...queue } = script.state.queue;
    expect(here).toEqual({ ...script.state, queue, seen: [] });
  });

  test('asks for everything where it missed a change of the queue', () => {
    const script = SessionScript.playing(10);
    const here = told(undefined, script.state);
    script.send(queueOf([20]));
    const missed = script.state;
    script.send(queueOf([30]));
    const patch = patchBetween(missed.queue, script.state.queue);
    expect(stateOf(headOf(script.state, 0), patch, here)).toBeUndefined();
  });

  test('shows at once what it asked for, and the same once the log has it', () => {
    const script = SessionScript.playing(10, 20);
    script.wait(3_000);
    const here = told(undefined, script.state);
    const action = { type: 'next' } as const;
    const waiting = { command: { cmdId: `${PHONE}.50`, action }, by: PHONE, atMs: script.atMs };
    const expected = here && predict(here, script.clockId, [waiting]);
    script.wait(40).send(action, { cmdId: `${PHONE}.50` });
    const truth = told(here, script.state);
    const heard = (state: PlaybackState | undefined) =>
      state && [currentItem(state.queue)?.itemId, positionAt(advance(state, script.atMs).main, script.atMs)];
    expect(heard(expected)).toEqual([currentItem(script.state.queue)?.itemId, 40]);
    expect(heard(truth)).toEqual([currentItem(script.state.queue)?.itemId, 0]);
  });

  test('shows what waits in its order, and what the log will refuse as refused', () => {
    const script = new SessionScript();
    const here = told(undefined, script.state);
    const commands = [queueOf([10]), { type: 'output.add', output: outputOf(PHONE) }, queueOf([20])] as const;
    const waiting = commands.map((action, i) => ({
      command: { cmdId: `${PHONE}.${i + 1}`, action },
      by: PHONE,
      atMs: 5,
    }));
    const expected = here && predict(here, 'clock', waiting);
    expect(expected?.queue.items.map(({ durationMs }) => durationMs)).toEqual([20_000]);
    expect(expected?.main.playing).toBe(true);
  });
});
