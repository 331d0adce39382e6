import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectOneState } from '../../../test/support/expect-one-state.ts';
import { type GatewayWorld, startGatewayWorld } from '../../../test/support/gateway-world.ts';
import { newInstanceId, SessionDevice } from '../../../test/support/session-device.ts';
import { outputOf, queueOf } from '../../../test/support/session-script.ts';
import type { UserId } from '../../core/index.ts';
import { currentItem } from '../../playback/session/index.ts';

const OTHER = 2_049 as UserId;

describe('the gateway of playback sessions', () => {
  let world: GatewayWorld;
  let clock: GatewayWorld['clock'];
  let join: GatewayWorld['join'];
  beforeEach(async () => {
    world = await startGatewayWorld();
    ({ clock, join } = world);
  });
  afterEach(async () => {
    await world[Symbol.asyncDispose]();
    expect(world.failures).toEqual([]);
  });

  const trackOf = ({ state }: SessionDevice) => state && currentItem(state.queue)?.trackId;

  it('keeps two devices in step', async () => {
    const [phone, kitchen] = [await join({ name: 'Phone' }), await join({ name: 'Kitchen' })];
    expect(await kitchen.play()).toBe('applied');
    expect(await phone.do(queueOf([100, 200, 300]))).toBe('applied');
    expect(await phone.do({ type: 'next' })).toBe('applied');
    await expect.poll(() => trackOf(kitchen)).toBe('tr-1');
    await expectOneState(phone, kitchen);
    expect(kitchen.state?.main).toMatchObject({ playing: true, positionMs: 0, atMs: clock.logMs });
    expect(kitchen.state?.deeds.map(({ by, type }) => `${by} ${type}`)).toEqual([
      'Kitchen output.add',
      'Phone queue.replace',
      'Phone next',
    ]);
  });

  it('says why a command was refused, and answers a copy as it answered the first', async () => {
    const phone = await join();
    expect(await phone.do({ type: 'next' })).toBe('at-end');
    const command = phone.newCommand({ type: 'rename', name: 'Evening' });
    expect(await phone.repeat(command)).toBe('applied');
    expect(await phone.repeat(command)).toBe('applied');
    expect(phone.state?.deeds).toHaveLength(1);
  });

  it('makes one of fifty skips at once, and tells of them in less than fifty messages', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => join()));
    const [first] = all;
    if (!first) throw new Error('no device');
    await first.play();
    await first.do(queueOf(Array.from({ length: 30 }, () => 60)));
    await expect.poll(() => all.every(({ state }) => state?.seq === first.state?.seq)).toBe(true);
    const item = first.state && currentItem(first.state.queue)?.itemId;
    const before = first.states;
    const only = { item: item ?? '' };
    const outcomes = await Promise.all(
      all.flatMap((device) => Array.from({ length: 5 }, () => device.do({ type: 'next' }, only))),
    );
    expect(outcomes.filter((outcome) => outcome === 'applied')).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(['applied', 'item-changed']));
    await expect.poll(() => trackOf(first)).toBe('tr-1');
    expect(first.states - before).toBeLessThan(50);
  });

  it('answers probes with log time, and moves a device from session to session', async () => {
    const phone = await join();
    clock.logMs += 0.5;
    phone.send({ type: 'probe', id: 7 });
    await expect.poll(() => phone.last('probed')).toEqual({ type: 'probed', id: 7, atMs: clock.logMs });
    await phone.do({ type: 'rename', name: 'Here' });
    phone.watch('A'.repeat(16));
    await expect.poll(() => phone.state?.name).toBe('Music');
    await phone.do({ type: 'rename', name: 'There' });
    phone.watch('main');
    await expect.poll(() => phone.state?.name).toBe('Here');
  });

  it('keeps accounts apart', async () => {
    const [mine, other] = [await join(), await join({}, OTHER)];
    await mine.do({ type: 'rename', name: 'Mine' });
    expect(await other.do({ type: 'rename', name: 'Other' })).toBe('applied');
    expect(mine.state?.name).toBe('Mine');
    expect(other.devices.map(({ instanceId }) => instanceId)).toEqual([other.instanceId]);
  });

  it('tells everyone who is there, where, and how it fares', async () => {
    const phone = await join({ name: 'Phone' });
    const speaker = await join({ name: 'Kitchen', kind: 'speaker' });
    await expect.poll(() => phone.devices.map(({ name }) => name)).toEqual(['Phone', 'Kitchen']);
    speaker.send({ type: 'beat', report: { errorMs: 0.4, bufferedMs: 900 } });
    speaker.watch('B'.repeat(16));
    await expect
      .poll(() => phone.devices[1])
      .toEqual({
        instanceId: speaker.instanceId,
        name: 'Kitchen',
        kind: 'speaker',
        sessionId: 'B'.repeat(16),
        report: { errorMs: 0.4, bufferedMs: 900 },
      });
    speaker.close();
    await expect.poll(() => phone.devices.map(({ name }) => name)).toEqual(['Phone']);
  });

  it('lets nobody in without a ticket, or with one that is over', async () => {
    const ticket = await world.ticket();
    const { baseUrl } = world;
    for (const wrong of ['nonsense', `${ticket}A`, ticket.replace(/^./, 'x')]) {
      const device = await SessionDevice.hello({ baseUrl, ticket: wrong });
      expect(await device.ended()).toEqual({ code: 4401, reason: 'ticket-refused' });
    }
    clock.nowMs += 60_000;
    const late = await SessionDevice.hello({ baseUrl, ticket });
    expect((await late.ended()).code).toBe(4401);
  });

  it('takes a ticket once, for a socket or to go on with one', async () => {
    const ticket = await world.ticket();
    const phone = await join({ ticket });
    const { baseUrl } = world;
    const other = await SessionDevice.hello({ baseUrl, ticket });
    expect(await other.ended()).toEqual({ code: 4401, reason: 'ticket-refused' });
    expect(await phone.do({ type: 'rename', name: 'Still here' })).toBe('applied');
    phone.send({ type: 'ticket', ticket });
    expect((await phone.ended()).reason).toBe('ticket-refused');
  });

  it('closes a device whose ticket is over, and keeps one that has another', async () => {
    const [stays, goes] = [await join(), await join()];
    clock.nowMs += 300_000;
    stays.send({ type: 'ticket', ticket: await world.ticket() });
    stays.send({ type: 'probe', id: 1 });
    await expect.poll(() => stays.last('probed')).toBeDefined();
    clock.nowMs += 300_000;
    expect((await goes.ended()).reason).toBe('ticket-refused');
    expect(await stays.do({ type: 'rename', name: 'Still here' })).toBe('applied');
    stays.send({ type: 'ticket', ticket: await world.ticket(OTHER) });
    expect((await stays.ended()).reason).toBe('ticket-refused');
  });

  it('has one socket for an instance, the newest', async () => {
    const phone = await join();
    const again = await join({ instanceId: phone.instanceId });
    expect(await phone.ended()).toEqual({ code: 4409, reason: 'replaced' });
    await expect.poll(() => again.devices).toHaveLength(1);
  });

  it('closes with a word when the server stops', async () => {
    const phone = await join();
    const stopped = world.gateway[Symbol.asyncDispose]();
    expect(await phone.ended()).toEqual({ code: 1012, reason: 'stopping' });
    expect(phone.closeReason).toBe('stopping');
    await stopped;
  });

  describe('an output', () => {
    it('that comes back in time goes on as it was', async () => {
      const [phone, kitchen] = [await join(), await join()];
      await kitchen.play();
      await phone.do(queueOf([600]));
      const epoch = phone.state?.outputs[0]?.epoch;
      kitchen.close();
      await expect.poll(() => phone.devices).toHaveLength(1);
      clock.logMs += 14_000;
      phone.send({ type: 'beat' });
      const back = await join({ instanceId: kitchen.instanceId, firstCommand: 2 });
      clock.logMs += 14_000;
      phone.send({ type: 'beat' });
      back.send({ type: 'beat' });
      await back.do({ type: 'rename', name: 'Later' });
      expect(phone.state?.outputs.map((output) => output.epoch)).toEqual([epoch]);
    });

    it('that does not is lost, and the music stands where it was heard last', async () => {
      const [phone, kitchen] = [await join(), await join()];
      await kitchen.play();
      await phone.do(queueOf([600]));
      // In steps shorter than the lease: the gateway may look at any moment.
      for (const id of [1, 2, 3]) {
        clock.logMs += 10_000;
        for (const device of [phone, kitchen]) {
          device.send({ type: 'beat' });
          device.send({ type: 'probe', id });
          await expect.poll(() => device.last('probed')?.id).toBe(id);
        }
      }
      kitchen.close();
      await expect.poll(() => phone.devices).toHaveLength(1);
      clock.logMs += 15_001;
      await expect.poll(() => phone.state?.outputs).toEqual([]);
      expect(phone.state?.main).toMatchObject({ playing: false, positionMs: 30_000 });
      expect(phone.state?.seen).toEqual([]);
    });

    it('that was there before a restart, and never comes back, is lost as well', async () => {
      const phone = await join();
      const gone = newInstanceId();
      await phone.do({ type: 'output.add', output: outputOf(gone) });
      await expect.poll(() => phone.state?.outputs).toHaveLength(1);
      await expect
        .poll(() => {
          clock.logMs += 5_000;
          phone.send({ type: 'beat' });
          return phone.state?.outputs;
        })
        .toEqual([]);
    });

    it('of a player without a socket of its own is left to who speaks for it', async () => {
      const phone = await join();
      await phone.do({ type: 'output.add', output: outputOf(newInstanceId(), { kind: 'subsonic' }) });
      clock.logMs += 20_000;
      phone.send({ type: 'beat' });
      await phone.do({ type: 'rename', name: 'Later' });
      expect(phone.state?.outputs).toHaveLength(1);
    });
  });
});
