import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GatewayWorld, startGatewayWorld } from '../../../test/support/gateway-world.ts';
import { newInstanceId, openSocket, SessionDevice } from '../../../test/support/session-device.ts';
import { outputOf, queueOf } from '../../../test/support/session-script.ts';
import { type ClientMessage, LONGEST_MESSAGE_BYTES } from '../../playback/session/index.ts';

const MIB = 2 ** 20;
/** Of a queue of 5,000 items, 350 KB each. */
const SHUFFLES = 60;

const beat = { type: 'beat' } as const;

describe('a gateway', () => {
  let world: GatewayWorld;
  let witness: SessionDevice;
  beforeEach(async () => {
    world = await startGatewayWorld({ limits: { mostSessionsAnAccount: 2 } });
    witness = await world.join({ name: 'Witness' });
  });
  afterEach(async () => {
    expect(await witness.do({ type: 'rename', name: 'Nobody else noticed' })).toBe('applied');
    await world[Symbol.asyncDispose]();
    expect(world.failures).toEqual([]);
  });

  describe('and a device that takes nothing for a while', () => {
    let slow: SessionDevice;
    let goOn: () => void;
    beforeEach(async () => {
      slow = await world.join();
      await witness.do({ ...queueOf(Array.from({ length: 5_000 }, () => 60)), play: false });
      await expect.poll(() => slow.state?.queue.items.length).toBe(5_000);
      goOn = world.stall();
      for (let seed = 0; seed < SHUFFLES; seed++) {
        world.clock.logMs += 100;
        expect(await witness.do({ type: 'queue.shuffle', seed })).toBe('applied');
      }
      expect(world.waitingBytes()).toBeGreaterThan(MIB / 4);
      expect(world.waitingBytes()).toBeLessThan(MIB);
    });

    it('tells it the newest state alone, and never keeps more for it than one', async () => {
      const before = slow.states;
      goOn();
      await expect.poll(() => slow.state?.seq, { timeout: 10_000 }).toBe(witness.state?.seq);
      expect(slow.state?.queue).toEqual(witness.state?.queue);
      await expect.poll(() => witness.states).toBeGreaterThan(SHUFFLES);
      expect(slow.states - before).toBeLessThan(4);
    });

    it('closes it where that lasts too long', async () => {
      // It is behind since the last of the shuffles, or since the first answer to what it says here.
      for (const name of ['10 s', '20 s']) {
        world.clock.logMs += 10_000;
        // It still speaks: to take nothing is something else than to say nothing.
        slow.send({ type: 'command', ...slow.newCommand({ type: 'rename', name }) });
        witness.send(beat);
        await expect.poll(() => witness.state?.name).toBe(name);
      }
      const waiting = world.waitingBytes();
      world.clock.logMs += 25_000;
      slow.send(beat);
      witness.send(beat);
      // Nothing but the word that it is closed is added to what it does not take.
      await expect.poll(world.waitingBytes).toBeGreaterThan(waiting);
      goOn();
      expect(await slow.ended()).toEqual({ code: 4408, reason: 'too-slow' });
    });
  });

  it('closes who floods it', async () => {
    const flood = await world.join();
    for (let id = 0; id < 400; id++) flood.send({ type: 'probe', id });
    expect(await flood.ended()).toEqual({ code: 4429, reason: 'too-many-messages' });
    expect(flood.heard.filter(({ type }) => type === 'probed').length).toBeLessThan(250);
  });

  it('counts a long message as several', async () => {
    const flood = await world.join();
    const items = Array.from({ length: 5_000 }, () => ({
      trackId: 'tr-12345678901',
      durationMs: 123_456.789,
    }));
    for (let i = 0; i < 20; i++)
      flood.send({ type: 'command', ...flood.newCommand({ type: 'queue.insert', items, after: 'end' }) });
    expect((await flood.ended()).reason).toBe('too-many-messages');
  });

  it.each<[string, (device: SessionDevice) => void, number]>([
    ['no JSON', (device) => device.sendText('{'), 4400],
    ['an unknown message', (device) => device.send({ type: 'dance' } as unknown as ClientMessage), 4400],
    ['a field too many', (device) => device.send({ ...beat, extra: 1 } as ClientMessage), 4400],
    ['bytes', (device) => device.sendText(new TextEncoder().encode('{"type":"beat"}').buffer), 4400],
    ['a frame that is too long', (device) => device.sendText(' '.repeat(LONGEST_MESSAGE_BYTES + 1)), 1009],
    ['a second hello', (device) => device.send(helloOf(device.instanceId, 'x')), 4400],
    [
      'a command in another’s name',
      (device) => device.send({ type: 'command', cmdId: `${newInstanceId()}.1`, action: { type: 'pause' } }),
      4400,
    ],
    [
      'a loss that only a server can know of',
      (device) => {
        const action = { type: 'output.lost', outputId: device.instanceId, epoch: 1, seenAtMs: 1 } as const;
        device.send({ type: 'command', ...device.newCommand(action) });
      },
      4400,
    ],
  ])('closes who sends %s', async (_, say, code) => {
    const device = await world.join();
    say(device);
    expect((await device.ended()).code).toBe(code);
  });

  it.each<[string, (ticket: string) => string | Uint8Array<ArrayBuffer>, number]>([
    [
      'another version',
      (ticket) => JSON.stringify({ ...helloOf(newInstanceId(), ticket), protocol: 2 }),
      4406,
    ],
    ['anything but a hello', () => JSON.stringify(beat), 4400],
    ['bytes', () => new Uint8Array(8), 4400],
    // Cut off before the message is put together, without a word.
    ['a very long hello', (ticket) => JSON.stringify(helloOf(newInstanceId(), ticket)).padEnd(10_000), 1006],
  ])('does not begin with who begins with %s', async (_, first, code) => {
    const socket = await openSocket(world.baseUrl);
    const closed = new Promise<number>((resolve) =>
      socket.addEventListener('close', (event) => resolve(event.code)),
    );
    socket.send(first(await world.ticket()));
    expect(await closed).toBe(code);
  });

  it('answers or closes, whatever a device says', async () => {
    let device = await world.join();
    const valid = fc.constantFrom<ClientMessage>(
      { type: 'watch', sessionId: 'main' },
      { type: 'beat', report: { errorMs: 1, underruns: 0 } },
      { type: 'ticket', ticket: 'x' },
      { type: 'resync' },
      { type: 'command', cmdId: `${'A'.repeat(16)}.1`, action: { type: 'pause' } },
      { type: 'command', cmdId: `${'A'.repeat(16)}.2`, action: queueOf([1, 2]), only: { queueVersion: 0 } },
      {
        type: 'command',
        cmdId: `${'A'.repeat(16)}.3`,
        action: { type: 'output.add', output: outputOf('A'.repeat(16)) },
      },
    );
    const mutated = fc
      .tuple(valid, fc.nat(), fc.jsonValue())
      .map(([message, at, value]) => mutate(message, at, value));
    const said = fc.oneof(
      fc.json(),
      fc.string(),
      mutated,
      valid.map((message) => JSON.stringify(message)),
    );
    let id = 0;
    await fc.assert(
      fc.asyncProperty(said, async (text) => {
        // The bucket fills up.
        world.clock.logMs += 1_000;
        witness.send(beat);
        device.sendText(text.replaceAll('A'.repeat(16), device.instanceId));
        device.send({ type: 'probe', id: ++id });
        await expect
          .poll(() => device.closed !== undefined || device.last('probed')?.id === id, { interval: 2 })
          .toBe(true);
        if (device.closed) device = await world.join();
      }),
      { numRuns: 150 },
    );
  });

  it('closes the oldest device of an account that has too many, and refuses who is one too many of all', async () => {
    await using small = await startGatewayWorld({ limits: { mostSocketsAnAccount: 2, mostSockets: 3 } });
    const [first, second, third] = [await small.join(), await small.join(), await small.join()];
    expect(await first.ended()).toEqual({ code: 4410, reason: 'too-many-devices' });
    await expect.poll(() => third.devices).toHaveLength(2);
    expect(await second.do({ type: 'rename', name: 'Still here' })).toBe('applied');
    await openSocket(small.baseUrl);
    await expect(openSocket(small.baseUrl)).rejects.toThrow('did not open');
  });

  it('begins no more sessions for an account than it may have, until one is forgotten', async () => {
    const phone = await world.join();
    const begin = async (letter: string) => {
      phone.watch(letter.repeat(16));
      await expect.poll(() => phone.state).toBeDefined();
      await phone.do({ type: 'rename', name: letter });
    };
    await begin('A');
    await begin('B');
    const device = await SessionDevice.hello({
      baseUrl: world.baseUrl,
      ticket: await world.ticket(),
      sessionId: 'C'.repeat(16),
    });
    expect(await device.ended()).toEqual({ code: 4413, reason: 'too-many-sessions' });
    await begin('A');
    await world.gateway.remove({ userId: 'us-sh', sessionId: 'B'.repeat(16) });
    await begin('C');
  });
});

function helloOf(instanceId: string, ticket: string): ClientMessage {
  return { type: 'hello', protocol: 1, ticket, instanceId, name: 'Phone', kind: 'page', sessionId: 'main' };
}

/** A message with one of its fields, however deep, exchanged for something else or left out. */
function mutate(message: ClientMessage, at: number, value: unknown): string {
  const places: [Record<string, unknown>, string][] = [];
  const copy = structuredClone(message) as unknown as Record<string, unknown>;
  const collect = (holder: Record<string, unknown>): void => {
    for (const [key, inner] of Object.entries(holder)) {
      places.push([holder, key]);
      if (typeof inner === 'object' && inner !== null) collect(inner as Record<string, unknown>);
    }
  };
  collect(copy);
  const [holder, key] = places[at % places.length] ?? [copy, 'type'];
  if (at % 3 === 0) delete holder[key];
  else holder[key] = value;
  return JSON.stringify(copy);
}
