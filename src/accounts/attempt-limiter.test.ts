import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { AttemptLimiter } from './attempt-limiter.ts';

describe('the attempt limiter', () => {
  let nowMs: number;
  const now = () => nowMs;
  beforeEach(() => {
    nowMs = 1_700_000_000_000;
  });

  /** Fails until it is told to wait; how often it could. */
  async function failures(
    limiter: AttemptLimiter,
    address: string,
    name: string,
    most = 2_000,
  ): Promise<number> {
    for (let i = 0; i < most; i++) {
      try {
        using _ = await limiter.begin(address, name);
      } catch {
        return i;
      }
    }
    return most;
  }

  it('counts no attempt that nobody could judge, and takes nobody for known by it', async () => {
    const limiter = new AttemptLimiter({ now, secrets: 'random' });
    for (let i = 0; i < 50; i++) (await limiter.begin('192.0.2.1', 'ada')).undecided();
    expect(await failures(limiter, '192.0.2.1', 'ada')).toBe(10);
  });

  it('bounds wrong attempts of one network on one name, and says how long to wait', async () => {
    const limiter = new AttemptLimiter({ now, secrets: 'chosen' });
    expect(await failures(limiter, '192.0.2.1', 'ada')).toBe(10);
    await expect(limiter.begin('192.0.2.1', 'ada')).rejects.toThrow(
      expect.objectContaining({
        code: 'too-many-attempts',
        message: expect.stringContaining('6 s') as string,
      }),
    );
  });

  it('leaves other people at home, and the same name elsewhere, alone', async () => {
    const limiter = new AttemptLimiter({ now, secrets: 'chosen' });
    await failures(limiter, '192.0.2.1', 'ada');
    expect(await failures(limiter, '192.0.2.1', 'zoe')).toBe(10);
    expect(await failures(limiter, '192.0.2.2', 'ada')).toBe(10);
  });

  it('forgives one attempt every six seconds, and all of them in time', async () => {
    const limiter = new AttemptLimiter({ now, secrets: 'chosen' });
    await failures(limiter, '192.0.2.1', 'ada');
    nowMs += 6_000;
    expect(await failures(limiter, '192.0.2.1', 'ada')).toBe(1);
    nowMs += 3_600_000;
    expect(await failures(limiter, '192.0.2.1', 'ada')).toBe(10);
  });

  it('counts nothing against right attempts, however many', async () => {
    const limiter = new AttemptLimiter({ now, secrets: 'chosen' });
    for (let i = 0; i < 2_000; i++) (await limiter.begin('192.0.2.1', 'ada')).succeeded();
    expect(await failures(limiter, '192.0.2.1', 'ada')).toBe(10);
  });

  it('refuses nobody for attempts that are not judged yet: others wait for the verdicts', async () => {
    const limiter = new AttemptLimiter({ now, secrets: 'chosen' });
    const signIn = async () => {
      using attempt = await limiter.begin('192.0.2.1', 'ada');
      await setImmediate();
      attempt.succeeded();
    };
    await Promise.all(Array.from({ length: 110 }, signIn));
    expect(await failures(limiter, '192.0.2.1', 'ada')).toBe(10);
  });

  it('counts attempts from their beginning, so that many at once are no way around it', async () => {
    const limiter = new AttemptLimiter({ now, secrets: 'chosen' });
    let judged = 0;
    const guess = async () => {
      using _ = await limiter.begin('192.0.2.1', 'ada');
      await setImmediate();
      judged++;
    };
    const settled = await Promise.allSettled(Array.from({ length: 110 }, guess));
    expect(judged).toBe(10);
    const refused = settled.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(100);
    expect(refused).toContainEqual(
      expect.objectContaining({ reason: expect.objectContaining({ code: 'too-many-attempts' }) as unknown }),
    );
  });

  it('lets a bounded number wait, who may give up', async () => {
    const limiter = new AttemptLimiter({ now, secrets: 'random' });
    const begin = (signal?: AbortSignal) => limiter.begin('192.0.2.1', 'ada', signal);
    const pending = await Promise.all(Array.from({ length: 10 }, () => begin()));
    const givingUp = new AbortController();
    const waiting = Array.from({ length: 1_000 }, (_, i) => begin(i === 0 ? givingUp.signal : undefined));
    await expect(begin()).rejects.toThrow('1000 sign-ins are waiting already');
    givingUp.abort(new Error('gave up'));
    await expect(waiting[0]).rejects.toThrow('gave up');
    waiting.push(begin());
    for (const attempt of pending) attempt.succeeded();
    await Promise.all(waiting.slice(1));
  });

  it('bounds one network over all names, a whole IPv6 line being one', async () => {
    const limiter = new AttemptLimiter({ now, secrets: 'chosen' });
    let attempts = 0;
    for (let i = 0; i < 50; i++) attempts += await failures(limiter, `2001:db8:1:2::${i}`, `name ${i}`);
    expect(attempts).toBe(100);
  });

  it('bounds the whole world, and lets those who were right before pass it', async () => {
    const limiter = new AttemptLimiter({ now, secrets: 'chosen' });
    (await limiter.begin('198.51.100.1', 'ada')).succeeded();
    let attempts = 0;
    for (let i = 0; i < 300; i++) attempts += await failures(limiter, `10.0.${i >> 8}.${i & 255}`, 'ada');
    expect(attempts).toBe(1_000);
    await expect(limiter.begin('203.0.113.1', 'zoe')).rejects.toThrow();
    (await limiter.begin('198.51.100.1', 'ada')).succeeded();
  });

  it('exempts a client of the same network that was right before, where secrets cannot be guessed', async () => {
    const random = new AttemptLimiter({ now, secrets: 'random' });
    const chosen = new AttemptLimiter({ now, secrets: 'chosen' });
    for (const limiter of [random, chosen]) (await limiter.begin('192.0.2.1', 'ada')).succeeded();
    expect(await failures(random, '192.0.2.1', 'ada', 500)).toBe(500);
    expect(await failures(chosen, '192.0.2.1', 'ada')).toBe(10);
  });

  it('grants nothing for a clock that is set back', async () => {
    const limiter = new AttemptLimiter({ now, secrets: 'chosen' });
    await failures(limiter, '192.0.2.1', 'ada');
    nowMs -= 3_600_000;
    expect(await failures(limiter, '192.0.2.1', 'ada')).toBe(0);
    nowMs += 6_000;
    expect(await failures(limiter, '192.0.2.1', 'ada')).toBe(1);
  });
});
