import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SessionGateway } from '../../../test/support/session-gateway.ts';
import { KITCHEN, LIVING, outputOf, PHONE, queueOf } from '../../../test/support/session-script.ts';
import { newShelf } from '../../../test/support/shelf.ts';
import { currentItem, positionAt } from '../../playback/session/index.ts';
import { MAIN_SESSION, type Refused, SessionClient, type SessionClientOptions } from './session-client.ts';

const START_MS = 1_000_000;

describe('a client of playback sessions', () => {
  let gateway: SessionGateway;
  let opened: SessionClient[] = [];
  let refused: Refused[] = [];
  /** Of the clock of the log, against that of the devices. */
  const aheadMs = 7_000;

  beforeEach(() => {
    vi.useFakeTimers({ now: START_MS });
    gateway = new SessionGateway(() => Date.now() + aheadMs);
    opened = [];
    refused = [];
  });
  afterEach(async () => {
    for (const client of opened) client[Symbol.dispose]();
    await gateway[Symbol.asyncDispose]();
    vi.useRealTimers();
  });

  function clientOf(instanceId: string, options: Partial<SessionClientOptions> = {}): SessionClient {
    let number = 0;
    const client = new SessionClient({
      instance: { instanceId, nextNumber: () => ++number },
      openSocket: gateway.open,
      ticket: () => Promise.resolve('ticket'),
      name: instanceId,
      shelf: newShelf(),
      scope: 'test',
      sessionId: MAIN_SESSION,
      defaultName: 'Music',
      nowMs: () => Date.now(),
      timeOfDayMs: () => Date.now(),
      random: () => 0.5,
      report: () => undefined,
      ...options,
    });
    client.onRefused((one) => refused.push(one));
    opened.push(client);
    return client;
  }
  const settle = () => vi.advanceTimersByTimeAsync(20);

  async function playing(): Promise<[SessionClient, SessionClient]> {
    const clients: [SessionClient, SessionClient] = [clientOf(PHONE), clientOf(KITCHEN)];
    await settle();
    clients[0].send({ type: 'output.add', output: outputOf(PHONE) });
    clients[0].send(queueOf([100, 200, 300]));
    await settle();
    return clients;
  }
  const titleOf = (client: SessionClient) => currentItem(client.view().queue)?.trackId;

  test('shows what it asks for at once, and others as soon as the log has it', async () => {
    const [phone, kitchen] = await playing();
    phone.send({ type: 'next' });
    expect(titleOf(phone)).toBe('tr-1');
    expect(titleOf(kitchen)).toBe('tr-0');
    await settle();
    expect(titleOf(kitchen)).toBe('tr-1');
    expect(phone.waitingCount).toBe(0);
    expect(kitchen.state.deeds.map(({ by, type }) => `${by} ${type}`)).toEqual([
      `${PHONE} output.add`,
      `${PHONE} queue.replace`,
      `${PHONE} next`,
    ]);
    expect({ ...phone.state, queue: kitchen.state.queue }).toEqual(kitchen.state);
  });

  test('knows the time of the log, and where the music is by it', async () => {
    const [phone, kitchen] = await playing();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(kitchen.clock.isKnown).toBe(true);
    expect(kitchen.logNowMs()).toBeCloseTo(Date.now() + aheadMs, 3);
    const at = positionAt(kitchen.view().main, kitchen.logNowMs());
    expect(at).toBeCloseTo(positionAt(phone.view().main, phone.logNowMs()), 3);
    expect(at).toBeGreaterThan(29_900);
    const probes = gateway.heard.filter(({ type }) => type === 'probe').length;
    // Eight at first, and three after one, two, four and eight seconds and then every ten, of each of the two.
    expect(probes).toBe(2 * (8 + 3 * 5));
  });

  test('applies what is done without a server, and the log judges it in order when it is back', async () => {
    const [phone, kitchen] = await playing();
    gateway.isDown = true;
    gateway.cut();
    await settle();
    expect(phone.isOnline).toBe(false);
    phone.send({ type: 'next' });
    phone.send({ type: 'next' });
    phone.send({ type: 'pause' });
    expect(titleOf(phone)).toBe('tr-2');
    expect(phone.view().main.playing).toBe(false);
    gateway.isDown = false;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(titleOf(kitchen)).toBe('tr-2');
    expect(kitchen.view().main.playing).toBe(false);
    expect(phone.waitingCount).toBe(0);
    expect(refused).toEqual([]);
  });

  test('drops what the log refuses, and says why', async () => {
    const [phone, kitchen] = await playing();
    const item = currentItem(phone.state.queue)?.itemId ?? '';
    gateway.isDown = true;
    gateway.cut();
    await settle();
    phone.send({ type: 'next' }, { item });
    gateway.isDown = false;
    kitchen.wake();
    await settle();
    kitchen.send({ type: 'next' });
    await settle();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(titleOf(phone)).toBe('tr-1');
    expect(refused.map(({ reason }) => reason)).toEqual(['item-changed']);
  });

  test('sends a command whose answer was lost again under its id, and it counts once', async () => {
    const [phone, kitchen] = await playing();
    gateway.losesAnswers = true;
    phone.send({ type: 'next' });
    await settle();
    gateway.losesAnswers = false;
    gateway.cut();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(titleOf(phone)).toBe('tr-1');
    expect(titleOf(kitchen)).toBe('tr-1');
    expect(phone.waitingCount).toBe(0);
    expect(refused).toEqual([]);
  });

  test('keeps the order of its commands where the log fails for a while', async () => {
    const [phone, kitchen] = await playing();
    gateway.failures = 1;
    phone.send({ type: 'queue.repeat', mode: 'all' });
    await settle();
    phone.send({ type: 'next' });
    phone.send({ type: 'pause' });
    expect(titleOf(phone)).toBe('tr-1');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(kitchen.state.queue.repeat).toBe('all');
    expect(titleOf(kitchen)).toBe('tr-1');
    expect(kitchen.state.main.playing).toBe(false);
    expect(refused).toEqual([]);
  });

  test('finds what waited, and what was told last, after a reload without a server', async () => {
    const shelf = newShelf();
    const before = clientOf(PHONE, { shelf });
    await settle();
    before.send({ type: 'output.add', output: outputOf(PHONE) });
    before.send(queueOf([100, 200]));
    await settle();
    gateway.isDown = true;
    gateway.cut();
    before.send({ type: 'pause' });
    before.send({ type: 'seek', positionMs: 42_000 });
    before[Symbol.dispose]();
    let number = 10;
    const after = clientOf(PHONE, { shelf, instance: { instanceId: PHONE, nextNumber: () => ++number } });
    expect(after.view().main).toMatchObject({ positionMs: 42_000, playing: false });
    expect(after.view().queue.items).toHaveLength(2);
    gateway.isDown = false;
    after.wake();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(after.waitingCount).toBe(0);
    using session = await gateway.host.open({ userId: 'us-1', sessionId: MAIN_SESSION });
    expect(session.state.main).toMatchObject({ positionMs: 42_000, playing: false });
  });

  test('shows what another device wants before the log has it, and takes it back where it never comes', async () => {
    const [, kitchen] = await playing();
    const entry = {
      atMs: kitchen.logNowMs(),
      clockId: 'clock-1',
      by: LIVING,
      command: { cmdId: `${LIVING}.1`, action: { type: 'next' } as const },
    };
    gateway.announce({ type: 'tentative', sessionId: MAIN_SESSION, entry });
    await settle();
    expect(titleOf(kitchen)).toBe('tr-1');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(titleOf(kitchen)).toBe('tr-0');
    gateway.announce({ type: 'tentative', sessionId: MAIN_SESSION, entry });
    await settle();
    using session = await gateway.host.open({ userId: 'us-1', sessionId: MAIN_SESSION });
    await session.send(entry.command, LIVING);
    await settle();
    expect(titleOf(kitchen)).toBe('tr-1');
  });

  test('comes to the newest state where it was too slow for those between', async () => {
    const [phone, kitchen] = await playing();
    gateway.isSlow = true;
    phone.send({ type: 'queue.insert', items: [{ trackId: 'tr-9', durationMs: 5_000 }], after: 'current' });
    phone.send({ type: 'next' });
    await settle();
    expect(titleOf(kitchen)).toBe('tr-0');
    gateway.catchUp();
    await settle();
    expect(titleOf(kitchen)).toBe('tr-9');
    expect(phone.state.queue.items).toEqual(kitchen.state.queue.items);
  });

  test('skips once, where it is told of several commands at once before what became of its own', async () => {
    const [phone, kitchen] = await playing();
    gateway.isSlow = true;
    gateway.isLateWithOutcomes = true;
    kitchen.send({ type: 'queue.repeat', mode: 'all' });
    phone.send({ type: 'next' });
    const seen = new Set<string | undefined>();
    phone.subscribe(() => seen.add(titleOf(phone)));
    await settle();
    gateway.catchUp();
    await settle();
    gateway.tellOutcomes();
    await settle();
    expect(phone.state.queue.repeat).toBe('all');
    expect([...seen]).toEqual(['tr-1']);
    expect(phone.waitingCount).toBe(0);
  });

  test('goes back to the order from before a shuffle, also before the log has it', async () => {
    const [phone] = await playing();
    const before = phone.state.queue.items;
    phone.send({ type: 'queue.shuffle', seed: 5 });
    await settle();
    expect(phone.state.queue.unshuffled).toBeDefined();
    gateway.isDown = true;
    gateway.cut();
    phone.send({ type: 'queue.unshuffle' });
    expect(phone.state.queue.items).toEqual(before);
  });

  test('watches another session, and finds the first one as it is by then', async () => {
    const [phone, kitchen] = await playing();
    phone.watch('evening---------');
    expect(phone.state.queue.items).toEqual([]);
    phone.send({ type: 'rename', name: 'Evening' });
    await settle();
    expect(kitchen.state.name).toBe('Music');
    kitchen.send({ type: 'next' });
    await settle();
    phone.watch(MAIN_SESSION);
    await settle();
    expect(phone.state.name).toBe('Music');
    expect(titleOf(phone)).toBe('tr-1');
  });

  test('tries to connect less and less often, and at once when the network is back', async () => {
    gateway.isDown = true;
    let tries = 0;
    const phone = clientOf(PHONE, { ticket: () => Promise.resolve(String(++tries)) });
    await vi.advanceTimersByTimeAsync(120_000);
    expect(tries).toBeGreaterThan(5);
    expect(tries).toBeLessThan(13);
    gateway.isDown = false;
    const before = tries;
    phone.wake();
    await settle();
    expect(tries).toBe(before + 1);
    expect(phone.isOnline).toBe(true);
  });

  test('is back within a moment where its server sends it elsewhere', async () => {
    const phone = clientOf(PHONE, { random: () => 0.999 });
    await settle();
    gateway.sendAway();
    await vi.advanceTimersByTimeAsync(10);
    expect(phone.isOnline).toBe(false);
    await vi.advanceTimersByTimeAsync(110);
    expect(phone.isOnline).toBe(true);
    // Without a word it waits as ever: that server may be gone, with nobody else there.
    gateway.cut();
    await vi.advanceTimersByTimeAsync(200);
    expect(phone.isOnline).toBe(false);
  });

  test('notices a server that says nothing any more, and connects anew', async () => {
    const [phone] = await playing();
    gateway.isDeaf = true;
    await vi.advanceTimersByTimeAsync(26_000);
    expect(phone.isOnline).toBe(false);
    gateway.isDeaf = false;
    await vi.advanceTimersByTimeAsync(15_000);
    expect(phone.isOnline).toBe(true);
  });

  test('knows who is there', async () => {
    const [phone] = await playing();
    expect(phone.devices.map(({ name }) => name)).toEqual([PHONE, KITCHEN]);
    opened[1]?.[Symbol.dispose]();
    await settle();
    expect(phone.devices.map(({ name }) => name)).toEqual([PHONE]);
  });

  test('has another name when it is given one, also as what is heard', async () => {
    const [phone, kitchen] = await playing();
    phone.rename('Sofa');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(kitchen.devices.map(({ name }) => name)).toEqual([KITCHEN, 'Sofa']);
    expect(kitchen.state.outputs.map(({ name }) => name)).toEqual(['Sofa']);
    phone.send({ type: 'next' });
    await settle();
    expect(kitchen.state.deeds.at(-1)).toMatchObject({ by: 'Sofa', type: 'next' });
  });

  test('keeps so many commands and no more, and says which it gave up', async () => {
    gateway.isDown = true;
    const phone = clientOf(PHONE);
    for (let i = 0; i < 510; i++) phone.send({ type: 'queue.repeat', mode: 'all' });
    expect(phone.waitingCount).toBe(500);
    expect(refused.map(({ reason }) => reason)).toEqual(Array.from({ length: 10 }, () => 'no-room'));
  });
});
