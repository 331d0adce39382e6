import { beforeEach, describe, expect, it } from 'vitest';
import { AttemptLimiter } from './attempt-limiter.ts';

describe('the attempt limiter', () => {
  let nowMs: number;
  const now = () => nowMs;
  beforeEach(() => {
    nowMs = 1_700_000_000_000;
  });

  /** Fails until it is told to wait; how often it could. */
  function failures(limiter: AttemptLimiter, address: string, name: string, most = 2_000): number {
    for (let i = 0; i < most; i++) {
      try {
        limiter.begin(address, name);
      } catch {
        return i;
      }
    }
    return most;
  }

  it('counts no attempt that nobody could judge, and takes nobody for known by it', () => {
    const limiter = new AttemptLimiter({ now, secrets: 'random' });
    for (let i = 0; i < 50; i++) limiter.begin('192.0.2.1', 'ada').undecided();
    expect(failures(limiter, '192.0.2.1', 'ada')).toBe(10);
  });

  it('bounds wrong attempts of one network on one name, and says how long to wait', () => {
    const limiter = new AttemptLimiter({ now, secrets: 'chosen' });
    expect(failures(limiter, '192.0.2.1', 'ada')).toBe(10);
    expect(() => limiter.begin('192.0.2.1', 'ada')).toThrow(
      expect.objectContaining({
        code: 'too-many-attempts',
        message: expect.stringContaining('6 s') as string,
      }),
    );
  });

  it('leaves other people at home, and the same name elsewhere, alone', () => {
    const limiter = new AttemptLimiter({ now, secrets: 'chosen' });
    failures(limiter, '192.0.2.1', 'ada');
    expect(failures(limiter, '192.0.2.1', 'zoe')).toBe(10);
    expect(failures(limiter, '192.0.2.2', 'ada')).toBe(10);
  });

  it('forgives one attempt every six seconds, and all of them in time', () => {
    const limiter = new AttemptLimiter({ now, secrets: 'chosen' });
    failures(limiter, '192.0.2.1', 'ada');
    nowMs += 6_000;
    expect(failures(limiter, '192.0.2.1', 'ada')).toBe(1);
    nowMs += 3_600_000;
    expect(failures(limiter, '192.0.2.1', 'ada')).toBe(10);
  });

  it('counts nothing against right attempts, however many', () => {
    const limiter = new AttemptLimiter({ now, secrets: 'chosen' });
    for (let i = 0; i < 2_000; i++) limiter.begin('192.0.2.1', 'ada').succeeded();
    expect(failures(limiter, '192.0.2.1', 'ada')).toBe(10);
  });

  it('counts attempts from their beginning, so that many at once are no way around it', () => {
    const limiter = new AttemptLimiter({ now, secrets: 'chosen' });
    const pending = Array.from({ length: 10 }, () => limiter.begin('192.0.2.1', 'ada'));
    expect(() => limiter.begin('192.0.2.1', 'ada')).toThrow(
      expect.objectContaining({ code: 'too-many-attempts' }),
    );
    for (const attempt of pending) attempt.succeeded();
    limiter.begin('192.0.2.1', 'ada');
  });

  it('bounds one network over all names, a whole IPv6 line being one', () => {
    const limiter = new AttemptLimiter({ now, secrets: 'chosen' });
    let attempts = 0;
    for (let i = 0; i < 50; i++) attempts += failures(limiter, `2001:db8:1:2::${i}`, `name ${i}`);
    expect(attempts).toBe(100);
  });

  it('bounds the whole world, and lets those who were right before pass it', () => {
    const limiter = new AttemptLimiter({ now, secrets: 'chosen' });
    limiter.begin('198.51.100.1', 'ada').succeeded();
    let attempts = 0;
    for (let i = 0; i < 300; i++) attempts += failures(limiter, `10.0.${i >> 8}.${i & 255}`, 'ada');
    expect(attempts).toBe(1_000);
    expect(() => limiter.begin('203.0.113.1', 'zoe')).toThrow();
    limiter.begin('198.51.100.1', 'ada').succeeded();
  });

  it('exempts a client of the same network that was right before, where secrets cannot be guessed', () => {
    const random = new AttemptLimiter({ now, secrets: 'random' });
    const chosen = new AttemptLimiter({ now, secrets: 'chosen' });
    for (const limiter of [random, chosen]) limiter.begin('192.0.2.1', 'ada').succeeded();
    expect(failures(random, '192.0.2.1', 'ada', 500)).toBe(500);
    expect(failures(chosen, '192.0.2.1', 'ada')).toBe(10);
  });

  it('grants nothing for a clock that is set back', () => {
    const limiter = new AttemptLimiter({ now, secrets: 'chosen' });
    failures(limiter, '192.0.2.1', 'ada');
    nowMs -= 3_600_000;
    expect(failures(limiter, '192.0.2.1', 'ada')).toBe(0);
    nowMs += 6_000;
    expect(failures(limiter, '192.0.2.1', 'ada')).toBe(1);
  });
});
