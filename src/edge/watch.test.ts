import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClusterServer, Membership } from './membership.ts';
import type { MembershipNews } from './membership-source.ts';
import type { ProbeAnswer } from './ready-servers.ts';
import { watchEdge, type WatchEvent } from './watch.ts';

const [ONE, TWO, THREE] = ['one', 'two', 'three'].map(
  (name): ClusterServer => ({ name, host: name, port: 4533, state: 'ready' }),
) as [ClusterServer, ClusterServer, ClusterServer];

/** A cluster, an edge, and what the edge was given; time is the test's. */
class World {
  readonly answers = new Map<string, ProbeAnswer>();
  readonly applied: string[][] = [];
  readonly events: WatchEvent[] = [];
  readonly stop = new AbortController();
  refusals = 0;
  #onNews: (news: MembershipNews) => void = () => undefined;
  readonly ended: Promise<void>;

  constructor() {
    this.ended = watchEdge({
      source: {
        watch: (onNews, signal) => {
          this.#onNews = onNews;
          return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
        },
      },
      probe: ({ name }) => Promise.resolve(this.answers.get(name) ?? 'ready'),
      render: ({ servers }: Membership) => ({
        'nginx.conf': servers.map(({ name, state }) => (state === 'ready' ? name : `-${name}`)).join(' '),
      }),
      apply: (files) => {
        if (this.refusals-- > 0) return Promise.reject(new Error('refused'));
        this.applied.push(files['nginx.conf']?.split(' ') ?? []);
        return Promise.resolve();
      },
      onEvent: (event) => this.events.push(event),
      signal: this.stop.signal,
    });
  }

  hear(...servers: ClusterServer[]): void {
    this.#onNews({ kind: 'known', membership: { servers } });
  }

  fail(): void {
    this.#onNews({ kind: 'unknown', error: new Error('away') });
  }

  kinds(): readonly string[] {
    return this.events.map(({ kind }) => kind);
  }
}

describe('watching over an edge', () => {
  let world: World;
  beforeEach(() => {
    vi.useFakeTimers();
    world = new World();
  });
  afterEach(async () => {
    world.stop.abort();
    await world.ended;
    vi.useRealTimers();
  });
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

  it('gives it those that are there and ready, at once for all that comes together', async () => {
    world.answers.set('two', 'not-ready');
    world.hear(ONE);
    world.hear(ONE, TWO);
    world.hear(ONE, TWO, THREE);
    await pass(250);
    expect(world.applied).toEqual([['one', 'three']]);
    expect(world.events.at(-1)).toEqual({
      kind: 'applied',
      servers: ['one', 'three'],
      causes: ['one came', 'two came', 'three came', 'one is ready', 'three is ready'],
    });
    world.answers.set('two', 'ready');
    await pass(1_300);
    expect(world.applied.slice(1)).toEqual([['one', 'two', 'three']]);
    await pass(10_000);
    expect(world.applied).toHaveLength(2);
  });

  it('takes a no at its word, and silence for an end only when it lasts', async () => {
    world.hear(ONE, TWO);
    await pass(250);
    world.answers.set('two', 'silent');
    await pass(1_000);
    world.answers.set('two', 'ready');
    await pass(3_000);
    expect(world.applied).toEqual([['one', 'two']]);
    world.answers.set('two', 'silent');
    await pass(2_300);
    expect(world.applied.at(-1)).toEqual(['one']);
    world.answers.set('two', 'ready');
    await pass(1_300);
    expect(world.applied.at(-1)).toEqual(['one', 'two']);
    world.answers.set('one', 'not-ready');
    await pass(1_300);
    expect(world.applied.at(-1)).toEqual(['two']);
  });

  it('keeps all where none is ready, and is never left without one', async () => {
    world.hear(ONE, TWO);
    await pass(250);
    world.answers.set('one', 'silent').set('two', 'silent');
    await pass(5_000);
    expect(world.applied).toEqual([['one', 'two']]);
    expect(world.kinds()).toContain('none-ready');
    world.hear();
    await pass(5_000);
    expect(world.applied).toHaveLength(1);
    world.hear({ ...ONE, state: 'draining' }, { ...TWO, state: 'draining' });
    await pass(5_000);
    expect(world.applied).toHaveLength(1);
  });

  it('leaves a server that drains to what it has begun', async () => {
    world.hear(ONE, { ...TWO, state: 'draining' });
    await pass(250);
    expect(world.applied).toEqual([['one', '-two']]);
  });

  it('keeps what it knew while the source is away', async () => {
    world.hear(ONE, TWO);
    await pass(250);
    world.fail();
    world.answers.set('two', 'silent');
    await pass(5_000);
    expect(world.kinds()).toContain('unknown');
    expect(world.applied.at(-1)).toEqual(['one']);
  });

  it('tries again what the edge refused, with longer pauses', async () => {
    world.refusals = 3;
    world.hear(ONE);
    await pass(60_000);
    expect(world.events.flatMap((event) => (event.kind === 'failed' ? event.againInMs : []))).toEqual([
      1_000, 2_000, 4_000,
    ]);
    expect(world.applied).toEqual([['one']]);
    expect(world.events.at(-1)).toMatchObject({ kind: 'applied', causes: ['one came', 'one is ready'] });
  });
});
