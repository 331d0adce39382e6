import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Drain, type DrainProgress } from './drain.ts';

/** Serves so many streams and devices until it is told not to, and writes down what it is told. */
class FakeServer {
  readonly told: string[] = [];
  streams = 2;
  sockets = 100;
  readonly #closed = Promise.withResolvers<void>();

  beginDrain(): void {
    this.told.push('not ready');
  }

  activity(): { streams: number; sockets: number } {
    return { streams: this.streams, sockets: this.sockets };
  }

  sendDevicesAway(overMs: number): Promise<void> {
    this.told.push(`devices over ${overMs} ms`);
    this.sockets = 0;
    return Promise.resolve();
  }

  close(withinMs: number): Promise<void> {
    this.told.push(`close within ${withinMs} ms`);
    setTimeout(() => this.end(), withinMs);
    return this.#closed.promise;
  }

  /** Whatever still streamed has ended, or was cut. */
  end(): void {
    this.streams = 0;
    this.#closed.resolve();
  }
}

describe('a server that empties itself', () => {
  let http: FakeServer;
  let stop: AbortController;
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
    });
    http = new FakeServer();
    stop = new AbortController();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function drainOf({ isInCluster }: { readonly isInCluster: boolean }) {
    const told: DrainProgress[] = [];
    const drain = new Drain({
      http,
      isInCluster,
      stop: stop.signal,
      log: pino({ enabled: false }),
      onBegun: () => http.told.push('announced'),
    });
    const gone = drain.follow((progress) => told.push(progress), new AbortController().signal);
    return { drain, told, gone };
  }

  it('does it in order: edges, devices, streams', async () => {
    const { drain, told, gone } = drainOf({ isInCluster: true });
    expect(drain.signal.aborted).toBe(false);
    drain.ask(600_000);
    expect(drain.signal.aborted).toBe(true);
    const running = drain.run(undefined);
    await vi.advanceTimersByTimeAsync(1_900);
    expect(http.told).toEqual(['not ready', 'announced']);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(http.told.slice(2)).toEqual(['devices over 1000 ms', 'close within 600000 ms']);
    http.end();
    await running;
    expect(await gone).toEqual({ phase: 'gone', streams: 0, sockets: 0, cutStreams: 0 });
    expect(Array.from(new Set(told.map(({ phase }) => phase)))).toEqual([
      'turning-away',
      'devices',
      'streams',
      'gone',
    ]);
  });

  it('cuts what lasts for too long, and says how much that was', async () => {
    const { drain, gone } = drainOf({ isInCluster: false });
    drain.ask(30_000);
    const running = drain.run(undefined);
    await vi.advanceTimersByTimeAsync(31_000);
    await running;
    expect(await gone).toMatchObject({ cutStreams: 2 });
  });

  it('makes haste where it is stopped: alone at once, and with fifteen seconds left for streams', async () => {
    const { drain } = drainOf({ isInCluster: false });
    stop.abort();
    const running = drain.run(undefined);
    await vi.advanceTimersByTimeAsync(0);
    expect(http.told.slice(2)).toEqual(['devices over 0 ms', 'close within 15000 ms']);
    http.end();
    await running;
  });

  it('makes haste from when it is stopped on the way', async () => {
    const { drain, gone } = drainOf({ isInCluster: false });
    drain.ask(600_000);
    const running = drain.run(undefined);
    await vi.advanceTimersByTimeAsync(60_000);
    stop.abort();
    await vi.advanceTimersByTimeAsync(15_001);
    await running;
    expect(http.told.at(-1)).toBe('close within 15000 ms');
    expect(await gone).toMatchObject({ cutStreams: 2 });
  });
});
