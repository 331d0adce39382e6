import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GatewayWorld, startGatewayWorld } from '../../../test/support/gateway-world.ts';
import type { SessionDevice } from '../../../test/support/session-device.ts';
import { queueOf } from '../../../test/support/session-script.ts';
import { createMemoryLog } from '../../playback/stores/memory-log.ts';
import { MemoryNeighbourhood } from '../../playback/stores/memory-neighbours.ts';
import { createMemorySnapshots } from '../../playback/stores/memory-snapshots.ts';

const BEAT_MS = 5_000;

describe('gateways of the same sessions', () => {
  let one: GatewayWorld;
  let other: GatewayWorld;
  let logMs: number;
  /** What a third one hears. */
  let heardMs: Map<string, number>;
  beforeEach(async () => {
    logMs = 5_000_000;
    heardMs = new Map();
    const neighbourhood = new MemoryNeighbourhood();
    neighbourhood.join().onDevices(({ devices }) => {
      for (const told of devices) heardMs.set(told.device.instanceId, told.heardMs);
    });
    const shared = {
      log: createMemoryLog('log'),
      snapshots: createMemorySnapshots(),
      clock: { clockId: 'clock-----------', nowMs: () => logMs },
    };
    one = await startGatewayWorld({ ...shared, neighbours: neighbourhood.join() });
    other = await startGatewayWorld({ ...shared, neighbours: neighbourhood.join() });
  });
  afterEach(async () => {
    await one[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
  });

  /** Time that passes with beats, of which every gateway has heard. */
  async function pass(ms: number, ...devices: readonly SessionDevice[]): Promise<void> {
    for (let passedMs = 0; passedMs < ms; passedMs += BEAT_MS) {
      const beatMs = logMs;
      for (const device of devices) {
        device.send({ type: 'beat' });
        device.send({ type: 'probe', id: beatMs });
      }
      await expect.poll(() => devices.every((device) => device.last('probed')?.id === beatMs)).toBe(true);
      logMs += BEAT_MS;
      const areHeard = () => devices.every(({ instanceId }) => (heardMs.get(instanceId) ?? 0) >= beatMs);
      await expect.poll(areHeard).toBe(true);
    }
  }

  it('show the devices of all of them, and who has left at once', async () => {
    const phone = await one.join({ name: 'Phone' });
    const kitchen = await other.join({ name: 'Kitchen' });
    const names = (device: typeof phone) => device.devices.map(({ name }) => name).toSorted();
    await expect.poll(() => names(phone)).toEqual(['Kitchen', 'Phone']);
    await expect.poll(() => names(kitchen)).toEqual(['Kitchen', 'Phone']);
    phone.watch('A'.repeat(16));
    await expect.poll(() => kitchen.devices.map(({ sessionId }) => sessionId)).toContain('A'.repeat(16));
    kitchen.close();
    await expect.poll(() => names(phone)).toEqual(['Phone']);
  });

  it('take no output for lost that beats at another one, and lose it when it beats nowhere', async () => {
    const kitchen = await one.join({ name: 'Kitchen' });
    const phone = await other.join({ name: 'Phone' });
    await kitchen.play();
    await phone.do(queueOf([100]));
    await pass(40_000, kitchen, phone);
    expect(phone.state?.outputs.map(({ outputId }) => outputId)).toEqual([kitchen.instanceId]);
    kitchen.close();
    await pass(20_000, phone);
    await expect.poll(() => phone.state?.outputs).toEqual([]);
  });

  it('let an output come back to another one within its lease', async () => {
    const kitchen = await one.join({ name: 'Kitchen' });
    const phone = await other.join({ name: 'Phone' });
    await kitchen.play();
    await pass(5_000, kitchen, phone);
    await one.gateway[Symbol.asyncDispose]();
    await kitchen.ended();
    await pass(10_000, phone);
    const back = await other.join({ name: 'Kitchen', instanceId: kitchen.instanceId });
    await pass(30_000, back, phone);
    expect(back.state?.outputs.map(({ outputId }) => outputId)).toEqual([kitchen.instanceId]);
  });

  it('leave an instance its newest socket alone, wherever that is', async () => {
    const before = await one.join();
    logMs += 1_000;
    const now = await other.join({ instanceId: before.instanceId });
    expect(await before.ended()).toEqual({ code: 4409, reason: 'replaced' });
    expect(await now.do({ type: 'rename', name: 'Here' })).toBe('applied');
  });

  it('forget no session that a device watches at another one', async () => {
    const sessionId = 'A'.repeat(16);
    const phone = await one.join({ sessionId });
    await phone.do({ type: 'rename', name: 'Evening' });
    const key = { userId: 'us-sh', sessionId };
    await expect.poll(() => other.gateway.remove(key).catch(({ code }) => code)).toBe('session-in-use');
  });

  it('forget the devices of one that says nothing any more', async () => {
    const phone = await one.join({ name: 'Phone' });
    const device = { instanceId: 'gone------------', name: 'Gone', kind: 'page', sessionId: 'main' } as const;
    expect(phone.devices).toHaveLength(1);
    other.neighbours?.tellDevices({
      gatewayId: 'killed',
      userId: 'us-sh',
      devices: [{ device, sinceMs: logMs, heardMs: logMs }],
    });
    await expect.poll(() => phone.devices).toHaveLength(2);
    await pass(20_000, phone);
    await expect.poll(() => phone.devices).toHaveLength(1);
  });
});
