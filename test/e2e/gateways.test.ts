import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routes } from '../../src/api/index.ts';
import { expectOneState } from '../support/expect-one-state.ts';
import { ApiBrowser } from '../support/api-browser.ts';
import { type ClefServer, freePort, runClef, startClef, temporaryFolder } from '../support/clef-process.ts';
import { isAbsent } from '../support/debian.ts';
import { SessionDevice, type SessionDeviceOptions, ticketOf } from '../support/session-device.ts';
import { queueOf } from '../support/session-script.ts';
import { type RunningGateway, startGateway } from '../support/start-gateway.ts';
import { NATS_SERVER, type Nats, startNats } from '../support/start-nats.ts';

const PASSWORD = 'correct horse battery staple';
const PATIENT = { timeout: 60_000 };
const SOCKET = '/api/v1/playback/socket';

describe.skipIf(isAbsent(NATS_SERVER))('gateways without a catalogue', () => {
  const stack = new AsyncDisposableStack();
  let nats: Nats;
  let server: ClefServer;
  let key: string;
  let gateways: RunningGateway[];
  let addresses: string[];
  beforeAll(async () => {
    nats = stack.use(await startNats(1));
    const data = stack.use(await temporaryFolder('gateways'));
    const ports = [await freePort(), await freePort()];
    addresses = ports.map((port) => `ws://127.0.0.1:${port}`);
    const settings = { CLEF_NATS: nats.url, CLEF_GATEWAYS: addresses.join(','), CLEF_WORKERS: '0' };
    server = stack.use(await startClef({ data: data.path, settings }));
    const shown = await runClef(['keys', 'gateway'], server.settings);
    key = shown.stdout.trim();
    gateways = await Promise.all(ports.map((port) => startGateway({ nats: nats.url, key, port })));
    for (const gateway of gateways) stack.use(gateway);
  });
  afterAll(() => stack.disposeAsync());

  async function signedIn(): Promise<ApiBrowser> {
    const browser = new ApiBrowser(server.baseUrl);
    await browser.call(routes.signIn, { body: { username: 'admin', password: PASSWORD } });
    return browser;
  }

  async function join(
    gateway: RunningGateway | undefined,
    options: Partial<SessionDeviceOptions> = {},
  ): Promise<SessionDevice> {
    const ticket = options.ticket ?? (await ticketOf(await signedIn()));
    return SessionDevice.join({ baseUrl: gateway?.baseUrl ?? '', ...options, ticket });
  }

  test('are named with a ticket', async () => {
    const browser = await signedIn();
    const { sockets } = await browser.call(routes.playbackTicket, {});
    expect(sockets).toEqual(addresses.map((address) => address + SOCKET));
  });

  test('show one session and its devices on all of them, and on the server', async () => {
    const [first, second] = gateways;
    const phone = await join(first, { name: 'Phone' });
    const kitchen = await join(second, { name: 'Kitchen' });
    await using tablet = await SessionDevice.join({
      baseUrl: server.baseUrl,
      ticket: await ticketOf(await signedIn()),
      name: 'Tablet',
    });
    expect(await kitchen.play()).toBe('applied');
    expect(await phone.do(queueOf([100, 200]))).toBe('applied');
    await expectOneState(phone, tablet);
    await expectOneState(phone, kitchen);
    for (const device of [phone, kitchen, tablet]) {
      const names = () => device.devices.map(({ name }) => name).toSorted();
      await expect.poll(names, PATIENT).toEqual(['Kitchen', 'Phone', 'Tablet']);
    }
    phone.close();
    kitchen.close();
  });

  test('take a ticket once, and none of another library', async () => {
    const [first] = gateways;
    const ticket = await ticketOf(await signedIn());
    const phone = await join(first, { ticket });
    const again = await SessionDevice.hello({ baseUrl: first?.baseUrl ?? '', ticket });
    expect(await again.ended()).toEqual({ code: 4401, reason: 'ticket-refused' });
    phone.close();
    const [library] = key.split('.');
    const other = `${library}.${Buffer.alloc(32, 7).toString('base64url')}`;
    await using stranger = await startGateway({ nats: nats.url, key: other });
    const refused = await SessionDevice.hello({
      baseUrl: stranger.baseUrl,
      ticket: await ticketOf(await signedIn()),
    });
    expect((await refused.ended()).reason).toBe('ticket-refused');
  });

  test('close the sockets of whoever signs out, and no others', async () => {
    const [first, second] = gateways;
    const browser = await signedIn();
    const goes = await join(first, { ticket: await ticketOf(browser) });
    const late = await ticketOf(browser);
    const stays = await join(second);
    await browser.call(routes.signOut, {});
    expect(await goes.ended()).toEqual({ code: 4401, reason: 'ticket-refused' });
    const comes = await SessionDevice.hello({ baseUrl: second?.baseUrl ?? '', ticket: late });
    expect((await comes.ended()).reason).toBe('ticket-refused');
    expect(await stays.do({ type: 'rename', name: 'Music' })).toBe('applied');
    stays.close();
  });

  test('lose nothing when one is killed: its devices go on at another', async () => {
    const [first, second] = gateways;
    const killed = await startGateway({ nats: nats.url, key });
    const phone = await join(killed, { name: 'Phone' });
    const kitchen = await join(first, { name: 'Kitchen' });
    await phone.play();
    await phone.do({ ...queueOf([100]), play: true });
    const items = [{ trackId: 'tr-7', durationMs: 1_000 }];
    const commands = Array.from({ length: 150 }, () =>
      phone.newCommand({ type: 'queue.insert', items, after: 'end' }),
    );
    const acknowledged = new Set<string>();
    for (const command of commands)
      void phone.repeat(command).then((outcome) => outcome === 'applied' && acknowledged.add(command.cmdId));
    await expect.poll(() => acknowledged.size, PATIENT).toBeGreaterThan(20);
    await killed.stop('SIGKILL');
    await phone.ended();
    const before = new Set(acknowledged);
    const back = await join(second, { name: 'Phone', instanceId: phone.instanceId });
    const ids = () => new Set(back.state?.queue.items.map(({ itemId }) => itemId.slice(0, -2)));
    expect(before.difference(ids())).toEqual(new Set());
    for (const command of commands) expect(await back.repeat(command)).toBe('applied');
    await expect.poll(() => back.state?.queue.items.length, PATIENT).toBe(commands.length + 1);
    await expectOneState(back, kitchen);
    expect(kitchen.state?.outputs.map(({ outputId }) => outputId)).toContain(phone.instanceId);
    // The one that was killed is silent, and those that it had are where they are now.
    await expect
      .poll(() => kitchen.devices.map(({ name }) => name).toSorted(), PATIENT)
      .toEqual(['Kitchen', 'Phone']);
    for (const device of [kitchen, back]) device.close();
  });

  test('say how they are, and end with a word', async () => {
    await using gateway = await startGateway({ nats: nats.url, key });
    const phone = await join(gateway);
    const metrics = await (await fetch(`${gateway.baseUrl}/metrics`)).text();
    expect(metrics).toMatch(/^clef_playback_sockets 1$/m);
    expect(metrics).toMatch(/^clef_playback_log_reachable 1$/m);
    expect((await fetch(`${gateway.baseUrl}${SOCKET}`)).status).toBe(426);
    expect((await fetch(`${gateway.baseUrl}/rest/ping`)).status).toBe(404);
    const stopped = gateway.stop('SIGTERM');
    expect(await phone.ended()).toEqual({ code: 1012, reason: 'stopping' });
    expect(await stopped).toBe(0);
    expect(gateway.log()).not.toContain('Phone');
  });

  test('do not begin without NATS and the key of a library', async () => {
    expect((await runClef(['gateway'], {})).stderr).toContain('CLEF_NATS, or --nats');
    const { status, stderr } = await runClef(['gateway', '--nats', nats.url], {});
    expect(status).toBe(2);
    expect(stderr).toContain('CLEF_GATEWAY_KEY, or --key');
    expect((await runClef(['gateway', '--nats', nats.url, '--key', 'x'], {})).stderr).toContain(
      '--key: must be what `clef keys gateway` prints',
    );
    expect((await runClef(['gateway', '--help'], {})).stdout).toContain('--nats');
    await using data = await temporaryFolder('gateways-without-nats');
    const alone = await runClef(['start'], { CLEF_DATA: data.path, CLEF_GATEWAYS: 'wss://one.example.org' });
    expect(alone.stderr).toContain('CLEF_GATEWAYS needs CLEF_NATS');
  });
});
