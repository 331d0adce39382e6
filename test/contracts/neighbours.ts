import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DevicesTold, Neighbours } from '../../src/playback/session/index.ts';

export interface Neighbourhood extends AsyncDisposable {
  join(): Promise<Neighbours>;
}

const TOLD: DevicesTold = {
  gatewayId: 'one',
  userId: 'us-sg',
  devices: [
    {
      device: {
        instanceId: 'kitchen---------',
        name: 'Kitchen',
        kind: 'page',
        sessionId: 'main',
        report: { errorMs: 0.4 },
      },
      sinceMs: 5.5,
      heardMs: 7.5,
    },
  ],
};

/** What gateways of the same sessions can say to each other, however they do it. */
export function describeNeighbours(name: string, open: () => Promise<Neighbourhood>): void {
  describe(`${name} between gateways`, () => {
    let neighbourhood: Neighbourhood;
    let one: Neighbours;
    let other: Neighbours;
    beforeEach(async () => {
      neighbourhood = await open();
      one = await neighbourhood.join();
      other = await neighbourhood.join();
    });
    afterEach(() => neighbourhood[Symbol.asyncDispose]());

    it('tells the others whose devices are here, and oneself nothing', async () => {
      const heard: DevicesTold[] = [];
      const own: DevicesTold[] = [];
      other.onDevices((told) => heard.push(told));
      one.onDevices((told) => own.push(told));
      await expect
        .poll(() => {
          one.tellDevices(TOLD);
          return heard.at(-1);
        })
        .toEqual(TOLD);
      expect(own).toEqual([]);
    });

    it('tells who listens until it does not', async () => {
      const [heard, still]: [string[], string[]] = [[], []];
      const stop = other.onSignInsChanged((userId) => heard.push(userId));
      other.onSignInsChanged((userId) => still.push(userId));
      await expect
        .poll(() => {
          one.tellSignInsChanged('us-a');
          return heard.length * still.length;
        })
        .toBeGreaterThan(0);
      stop();
      const before = heard.length;
      await expect
        .poll(() => {
          one.tellSignInsChanged('us-b');
          return still.at(-1);
        })
        .toBe('us-b');
      expect(heard.slice(before)).toEqual([]);
    });

    it('answers whether somebody is signed in, where a server is there to know', async () => {
      expect(await one.askSignIn({ userId: 'us-a', session: 'x' })).toBeUndefined();
      const stop = other.answerSignIns(async ({ userId, session }) => `${userId} ${session}` === 'us-a x');
      await expect.poll(() => one.askSignIn({ userId: 'us-a', session: 'x' })).toBe(true);
      expect(await one.askSignIn({ userId: 'us-a', session: 'y' })).toBe(false);
      stop();
      await expect.poll(() => one.askSignIn({ userId: 'us-a', session: 'x' })).toBeUndefined();
    });
  });
}
