import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routes } from '../../src/api/index.ts';
import { expectOneState } from '../support/expect-one-state.ts';
import { ApiBrowser } from '../support/api-browser.ts';
import { runClef, startClef, temporaryFolder } from '../support/clef-process.ts';
import { isAbsent } from '../support/debian.ts';
import { startGatewayWorld } from '../support/gateway-world.ts';
import { openNatsAt } from '../support/nats-stores.ts';
import { SessionDevice, ticketOf } from '../support/session-device.ts';
import { queueOf } from '../support/session-script.ts';
import { NATS_SERVER, type Nats, startNats } from '../support/start-nats.ts';

const SETTINGS = `
  jetstream: { store_dir: $STORE }
  authorization: { user: clef, password: "n0t-to-be-logged" }`;

describe.skipIf(isAbsent(NATS_SERVER))('gateways over NATS', () => {
  let nats: Nats;
  let url: string;
  beforeAll(async () => {
    nats = await startNats(1, SETTINGS);
    url = nats.url.replace('//', '//clef:n0t-to-be-logged@');
  });
  afterAll(() => nats[Symbol.asyncDispose]());

  test('show one session on the devices of all, and what waits while NATS is away', async () => {
    await using stores = await openNatsAt(url, { prefix: 'two' });
    await using others = await openNatsAt(url, { prefix: 'two' });
    await using gateway = await startGatewayWorld(stores);
    await using other = await startGatewayWorld(others);
    const [phone, tablet, kitchen] = [await gateway.join(), await gateway.join(), await other.join()];
    expect(await kitchen.play()).toBe('applied');
    expect(await phone.do(queueOf([100, 200, 300]))).toBe('applied');
    await expectOneState(phone, kitchen);

    await nats.nodes[0]?.stop('SIGKILL');
    const command = phone.newCommand({ type: 'next' });
    const outcome = phone.repeat(command);
    await expect.poll(() => tablet.last('tentative')?.entry.command).toEqual(command);
    expect(phone.last('tentative')).toBeUndefined();
    await nats.nodes[0]?.start();
    expect(await outcome).toBe('applied');
    const places = () => [kitchen, tablet].map(({ state }) => state?.queue.currentIndex);
    await expect.poll(places).toEqual([1, 1]);
    expect(kitchen.state).toEqual(tablet.state);
  });

  test('are servers of Clef too, whose sessions outlive them and their data folders', async () => {
    await using place = await temporaryFolder('nats-clef');
    const settings = { CLEF_NATS: url, CLEF_WORKERS: '0' };
    const join = async (baseUrl: string) => {
      const admin = new ApiBrowser(baseUrl);
      await admin.call(routes.signIn, {
        body: { username: 'admin', password: 'correct horse battery staple' },
      });
      return SessionDevice.join({ baseUrl, ticket: await ticketOf(admin) });
    };
    const server = await startClef({ data: place.path, settings });
    const phone = await join(server.baseUrl);
    await phone.play();
    expect(await phone.do(queueOf([100, 200]))).toBe('applied');
    expect(await phone.do({ type: 'next' })).toBe('applied');
    await server.stop('SIGKILL');
    await using again = await startClef({ data: place.path, settings });
    const back = await join(again.baseUrl);
    expect(back.state?.queue.currentIndex).toBe(1);
    back.close();
    expect(server.log() + again.log()).not.toContain('n0t-to-be-logged');
  });

  test('refuse an address that is none, without repeating it', async () => {
    const { status, stderr } = await runClef(['start'], { CLEF_NATS: 'nats:/clef:n0t-to-be-logged@one' });
    expect(status).not.toBe(0);
    expect(stderr).toContain('CLEF_NATS: must be nats://');
    expect(stderr).not.toContain('n0t-to-be-logged');
  });
});
