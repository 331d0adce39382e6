import { describe, expect, it } from 'vitest';
import { ReadGate } from './read-gate.ts';

const never = new AbortController().signal;

describe('a read gate', () => {
  it('lets so many in at once and the others in the order they came', async () => {
    const gate = new ReadGate(2);
    expect(gate.enter(never)).toBeUndefined();
    expect(gate.enter(never)).toBeUndefined();
    const entered: number[] = [];
    const waiting = [1, 2, 3].map(async (n) => {
      await gate.enter(never);
      entered.push(n);
    });
    gate.leave();
    gate.leave();
    await Promise.all(waiting.slice(0, 2));
    expect(entered).toEqual([1, 2]);
    gate.leave();
    await waiting[2];
    expect(entered).toEqual([1, 2, 3]);
  });

  it('forgets who gave up waiting', async () => {
    const gate = new ReadGate(1);
    await gate.enter(never);
    const leaving = new AbortController();
    const gaveUp = gate.enter(leaving.signal);
    const stays = gate.enter(never);
    leaving.abort(new Error('gone'));
    await expect(gaveUp).rejects.toThrow('gone');
    gate.leave();
    await stays;
    gate.leave();
    expect(gate.enter(never)).toBeUndefined();
  });

  it('does not let in who has given up before', async () => {
    const gate = new ReadGate(1);
    await gate.enter(never);
    await expect(gate.enter(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  });
});
