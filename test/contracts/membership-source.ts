import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterServer, MembershipNews, MembershipSource } from '../../src/edge/index.ts';

/** A cluster that can be changed, and a source that hears of it. */
export interface ChangingCluster extends AsyncDisposable {
  readonly source: MembershipSource;
  /** These servers and no others are there from now on. */
  set(servers: readonly ClusterServer[]): Promise<void>;
  /** What the source learns it from is away until `mend`. */
  cut(): Promise<void>;
  mend(): Promise<void>;
}

const ONE: ClusterServer = { name: 'one', host: '10.0.0.11', port: 4533, state: 'ready' };
const TWO: ClusterServer = { name: 'two', host: '2001:db8::2', port: 4534, state: 'ready' };
const THREE: ClusterServer = { name: 'three', host: 'three.example.org', port: 4533, state: 'ready' };

/** What an edge hears of a cluster, wherever it hears it. */
export function describeMembershipSource(name: string, open: () => Promise<ChangingCluster>): void {
  describe(`${name} as a source of memberships`, () => {
    let cluster: ChangingCluster;
    let heard: MembershipNews[];
    const stop = { controller: new AbortController(), watching: Promise.resolve() };
    beforeEach(async () => {
      cluster = await open();
      heard = [];
      stop.controller = new AbortController();
      await cluster.set([TWO, ONE]);
      stop.watching = cluster.source.watch((news) => heard.push(news), stop.controller.signal);
    });
    afterEach(async () => {
      stop.controller.abort();
      await stop.watching;
      await cluster[Symbol.asyncDispose]();
    });

    const last = () => heard.at(-1);
    const known = (...servers: ClusterServer[]) => ({ kind: 'known', membership: { servers } });

    it('tells who is there in the order of names, and each change', async () => {
      await expect.poll(last).toEqual(known(ONE, TWO));
      await cluster.set([ONE, TWO, THREE]);
      await expect.poll(last).toEqual(known(ONE, THREE, TWO));
      await cluster.set([{ ...ONE, state: 'draining' }, TWO, THREE]);
      await expect.poll(last).toEqual(known({ ...ONE, state: 'draining' }, THREE, TWO));
      await cluster.set([TWO, THREE]);
      await expect.poll(last).toEqual(known(THREE, TWO));
    });

    it('says once that it does not know, then goes on', async () => {
      await expect.poll(last).toEqual(known(ONE, TWO));
      await cluster.cut();
      await expect.poll(() => last()?.kind).toBe('unknown');
      await cluster.mend();
      await expect.poll(last, { timeout: 5_000 }).toEqual(known(ONE, TWO));
      expect(heard.map(({ kind }) => kind)).toEqual(['known', 'unknown', 'known']);
    });

    it('tells nothing any more once it was stopped', async () => {
      await expect.poll(last).toEqual(known(ONE, TWO));
      stop.controller.abort();
      await stop.watching;
      await cluster.set([ONE]);
      expect(heard).toHaveLength(1);
    });
  });
}
