import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { routes } from '../../src/api/index.ts';
import { expectOneState } from '../support/expect-one-state.ts';
import { ApiBrowser } from '../support/api-browser.ts';
import { type ClefServer, startClef, temporaryFolder } from '../support/clef-process.ts';
import { SessionDevice, type SessionDeviceOptions, ticketOf } from '../support/session-device.ts';
import { outputOf, queueOf } from '../support/session-script.ts';

const PASSWORD = 'correct horse battery staple';
/** Processes start, and disks are written to, on a machine that does other things. */
const PATIENT = { timeout: 60_000 };

describe('playback sessions of a server', () => {
  let place: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: ClefServer;
  let admin: ApiBrowser;
  beforeEach(async () => {
    place = await temporaryFolder('sessions');
    // A worker stands between the devices and the main process.
    server = await start();
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  async function start(): Promise<ClefServer> {
    const started = await startClef({ data: place.path, settings: { CLEF_WORKERS: '1' } });
    await expect.poll(() => started.log(), PATIENT).toContain('media workers answer too');
    admin = new ApiBrowser(started.baseUrl);
    await admin.call(routes.signIn, { body: { username: 'admin', password: PASSWORD } });
    return started;
  }

  async function join(options: Partial<SessionDeviceOptions> = {}): Promise<SessionDevice> {
    return SessionDevice.join({ baseUrl: server.baseUrl, ticket: await ticketOf(admin), ...options });
  }

  it('are the same on two devices, and end with a word when the server stops', async () => {
    const [phone, kitchen] = [await join({ name: 'Phone' }), await join({ name: 'Kitchen' })];
    expect(await kitchen.play()).toBe('applied');
    expect(await phone.do(queueOf([100, 200]))).toBe('applied');
    await expectOneState(phone, kitchen);
    const stopped = server.stop();
    expect(await phone.ended()).toEqual({ code: 1012, reason: 'stopping' });
    expect(await stopped).toBe(0);
    expect(server.log()).not.toMatch(/Kitchen|tr-0|playback\.sqlite/);
  });

  it('have lost nothing when the server was killed, applied nothing twice, and let go of who does not come back', async () => {
    const phone = await join();
    const kitchen = await join({ name: 'Kitchen' });
    await kitchen.play();
    await phone.do({ type: 'output.add', output: outputOf(phone.instanceId) });
    await phone.do(queueOf([100]));
    const items = [{ trackId: 'tr-7', durationMs: 1_000 }];
    const commands = Array.from({ length: 150 }, () =>
      phone.newCommand({ type: 'queue.insert', items, after: 'end' }),
    );
    const acknowledged = new Set<string>();
    for (const command of commands)
      void phone.repeat(command).then((outcome) => outcome === 'applied' && acknowledged.add(command.cmdId));
    await expect.poll(() => acknowledged.size, PATIENT).toBeGreaterThan(20);
    await server.stop('SIGKILL');
    await phone.ended();
    const before = new Set(acknowledged);
    server = await start();
    const back = await join({ instanceId: phone.instanceId });
    const length = () => back.state?.queue.items.length;
    const ids = () => new Set(back.state?.queue.items.map(({ itemId }) => itemId.slice(0, -2)));
    expect(before.difference(ids())).toEqual(new Set());
    expect(back.state?.clockId).not.toBe(back.clockId);
    for (const command of commands) expect(await back.repeat(command)).toBe('applied');
    await expect.poll(length, PATIENT).toBe(commands.length + 1);
    expect(ids()).toEqual(new Set([`${phone.instanceId}.2`, ...commands.map(({ cmdId }) => cmdId)]));
    // A lease of fifteen seconds runs, from when the session was opened again.
    const outputs = () => back.state?.outputs.map(({ outputId }) => outputId);
    await expect.poll(outputs, PATIENT).toEqual([phone.instanceId]);
  });
});
