import { describe, expect, it } from 'vitest';
import { Turnstile } from './turnstile.ts';

function deferred() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, resolve };
}

describe('a turnstile', () => {
  it('lets as many in as there are places, and the others in order', async () => {
    const turnstile = new Turnstile({ places: 2, waiting: 10 });
    const gates = [0, 1, 2, 3].map(deferred);
    const entered: number[] = [];
    const runs = gates.map((gate, i) =>
      turnstile.run(async () => {
        entered.push(i);
        await gate.promise;
      }),
    );
    await Promise.resolve();
    expect(entered).toEqual([0, 1]);
    gates[1]?.resolve();
    await runs[1];
    await Promise.resolve();
    expect(entered).toEqual([0, 1, 2]);
    for (const gate of gates) gate.resolve();
    await Promise.all(runs);
    expect(entered).toEqual([0, 1, 2, 3]);
  });

  it('turns away who finds the queue full', async () => {
    const turnstile = new Turnstile({ places: 1, waiting: 1 });
    const gate = deferred();
    const first = turnstile.run(() => gate.promise);
    const second = turnstile.run(async () => 'in');
    await expect(turnstile.run(async () => 'in')).rejects.toMatchObject({ code: 'too-many-attempts' });
    gate.resolve();
    await first;
    expect(await second).toBe('in');
    expect(await turnstile.run(async () => 'again')).toBe('again');
  });

  it('frees the place of work that fails, and of a caller that gives up waiting', async () => {
    const turnstile = new Turnstile({ places: 1, waiting: 1 });
    await expect(turnstile.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    const gate = deferred();
    const first = turnstile.run(() => gate.promise);
    const leaving = new AbortController();
    const waiting = turnstile.run(async () => 'in', leaving.signal);
    leaving.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    const next = turnstile.run(async () => 'in');
    gate.resolve();
    await first;
    expect(await next).toBe('in');
    await expect(turnstile.run(async () => 'in', AbortSignal.abort(new Error('late')))).rejects.toThrow(
      'late',
    );
  });
});
