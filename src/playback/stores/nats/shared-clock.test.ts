import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAbsent } from '../../../../test/support/debian.ts';
import { NATS_SERVER, type Nats, startNats } from '../../../../test/support/start-nats.ts';
import { parseNatsAddress } from '../../../nats/index.ts';
import { NatsLink } from './link.ts';
import { SharedClock } from './shared-clock.ts';

/** Far more than a question over loopback takes, far less than the clocks of the processes differ by. */
const CLOSE_MS = 200;

describe.skipIf(isAbsent(NATS_SERVER))('the clock that servers share', () => {
  let nats: Nats;
  let processes = 0;
  beforeAll(async () => {
    nats = await startNats(1);
  });
  afterAll(() => nats[Symbol.asyncDispose]());

  /** Of a process whose own clock shows something else than those of all others. */
  async function join(prefix: string): Promise<SharedClock & { readonly link: NatsLink }> {
    const address = parseNatsAddress(nats.url);
    if (!address) throw new Error('no address');
    const link = await NatsLink.open({ address, prefix, patienceMs: 5_000 });
    const id = ++processes;
    const clock = await SharedClock.open(link, {
      processId: `process-${id}`,
      newClockId: () => `clock-${id}`,
      timeOfDayMs: () => Date.now() + id * 3_600_000,
      monotonicMs: () => performance.now() + id * 1e7,
    });
    return Object.assign(clock, { link });
  }

  async function leave(clock: SharedClock & { readonly link: NatsLink }): Promise<void> {
    await clock[Symbol.asyncDispose]();
    await clock.link[Symbol.asyncDispose]();
  }

  const apartMs = (one: SharedClock, other: SharedClock) => Math.abs(one.nowMs() - other.nowMs());

  test('is one time line, that of whoever was there first', async () => {
    const first = await join('first');
    const others = await Promise.all([join('first'), join('first')]);
    expect(first.isKeeper).toBe(true);
    for (const other of others) {
      expect(other.isKeeper).toBe(false);
      expect(other.clockId).toBe(first.clockId);
      expect(apartMs(first, other)).toBeLessThan(CLOSE_MS);
    }
    for (const clock of [first, ...others]) await leave(clock);
  });

  test('goes on as the same line when its keeper leaves, or is gone without a word', async () => {
    const first = await join('goes-on');
    const [second, third] = [await join('goes-on'), await join('goes-on')];
    const { clockId } = first;
    await first[Symbol.asyncDispose]();
    await expect.poll(() => [second, third].filter(({ isKeeper }) => isKeeper)).toHaveLength(1);
    expect([second.clockId, third.clockId]).toEqual([clockId, clockId]);
    expect(apartMs(first, second)).toBeLessThan(CLOSE_MS);
    expect(apartMs(first, third)).toBeLessThan(CLOSE_MS);
    const [keeper, other] = second.isKeeper ? [second, third] : [third, second];
    await keeper.link[Symbol.asyncDispose]();
    await expect.poll(() => other.isKeeper).toBe(true);
    expect(other.clockId).toBe(clockId);
    expect(apartMs(first, other)).toBeLessThan(CLOSE_MS);
    for (const clock of [first, keeper, other]) await leave(clock);
  });

  test('is the same line for who comes while nobody keeps it', async () => {
    const [keeper, other] = [await join('between'), await join('between')];
    await keeper.link[Symbol.asyncDispose]();
    const late = await join('between');
    expect(late.clockId).toBe(other.clockId);
    expect(late.clockId).toBe(keeper.clockId);
    expect(apartMs(late, other)).toBeLessThan(CLOSE_MS);
    for (const clock of [keeper, other, late]) await leave(clock);
  });

  test('is another line after all have gone', async () => {
    const first = await join('again');
    const { clockId } = first;
    await leave(first);
    const second = await join('again');
    expect(second.clockId).not.toBe(clockId);
    await leave(second);
  });

  test('never goes back', async () => {
    const [first, second] = [await join('forward'), await join('forward')];
    await leave(first);
    let lastMs = 0;
    await expect
      .poll(() => {
        const nowMs = second.nowMs();
        expect(nowMs).toBeGreaterThanOrEqual(lastMs);
        lastMs = nowMs;
        return second.isKeeper;
      })
      .toBe(true);
    await leave(second);
  });
});
