import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routes } from '../../src/api/index.ts';
import { ApiBrowser } from '../support/api-browser.ts';
import {
  clefBinary,
  clefEnvironment,
  type ClefServer,
  freePort,
  runClef,
  startClef,
  temporaryFolder,
} from '../support/clef-process.ts';
import { isAbsent } from '../support/debian.ts';
import { FIRST_START } from '../support/run-clef.ts';
import { SessionDevice, ticketOf } from '../support/session-device.ts';
import { SlowPlayer } from '../support/slow-player.ts';
import { NATS_SERVER, type Nats, startNats } from '../support/start-nats.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { waitFor } from '../support/wait-for.ts';
import { toneWav } from '../support/wav.ts';

/** Far over what the kernel holds for a loopback connection, so that a stream under way is one. */
const music = toneWav(150);

describe.skipIf(isAbsent(NATS_SERVER))('a server of a cluster', () => {
  const stack = new AsyncDisposableStack();
  let nats: Nats;
  let settings: Record<string, string>;
  let port: number;
  let data: string;
  let folder: string;
  let server: ClefServer;
  beforeAll(async () => {
    nats = stack.use(await startNats(1));
    const place = stack.use(await temporaryFolder('drain')).path;
    data = join(place, 'data');
    folder = join(place, 'music');
    await mkdir(folder);
    await writeFile(join(folder, 'long.wav'), music);
    port = await freePort();
    settings = {
      CLEF_WORKERS: '1',
      CLEF_NATS: nats.url,
      CLEF_SERVER_NAME: 'one',
      CLEF_CLUSTER_ADDRESS: `127.0.0.1:${port}`,
    };
  });
  afterAll(() => stack.disposeAsync());

  async function start(): Promise<{ readonly player: SlowPlayer; readonly device: SessionDevice }> {
    server = stack.use(await startClef({ data, port, folders: [folder], settings }));
    const client = new SubsonicClient(server.baseUrl, await server.credentials());
    const id = await waitFor('an import', async () => {
      const [song] = await client.allSongs();
      return song && String(song['id']);
    });
    await waitFor('a worker', () =>
      Promise.resolve(server.log().includes('media workers answer') || undefined),
    );
    const admin = new ApiBrowser(server.baseUrl);
    await admin.call(routes.signIn, {
      body: { username: 'admin', password: FIRST_START.CLEF_ADMIN_PASSWORD },
    });
    const device = await SessionDevice.join({ baseUrl: server.baseUrl, ticket: await ticketOf(admin) });
    return { player: stack.use(await SlowPlayer.start(client.url('stream', { id }))), device };
  }

  const isNotReady = () =>
    waitFor(
      'a no of /readyz',
      async () => (await fetch(`${server.baseUrl}/readyz`)).status === 503 || undefined,
    );

  test('is listed with what it does, and emptied in order by a command beside it', async () => {
    const { player, device } = await start();
    const listed = await runClef(['server', 'list', '--json'], server.settings);
    expect(JSON.parse(listed.stdout)).toEqual([
      expect.objectContaining({
        name: 'one',
        port,
        state: 'ready',
        answers: 'ready',
        streams: 1,
        sockets: 1,
      }),
    ]);
    const draining = runClef(['server', 'drain'], server.settings);
    await isNotReady();
    expect(await (await fetch(`${server.baseUrl}/metrics`)).text()).toContain('\nclef_draining 1\n');
    await device.gone;
    expect(device.closed).toEqual({ code: 1012, reason: 'stopping' });
    await expect.poll(() => fetch(`${server.baseUrl}/livez`).catch(() => 'gone')).toBe('gone');
    const { stderr, status } = await Promise.all([draining, player.finish()]).then(([command, bytes]) => {
      expect(bytes.equals(music)).toBe(true);
      return command;
    });
    expect(stderr).toContain('1 stream, 1 device (edges turn away)');
    expect(stderr).toContain('(streams end)');
    expect(stderr).toContain('The server is gone.');
    expect(status).toBe(0);
    // It says so before its process has ended, which a signal would cut short.
    const ended = await waitFor('the server to end', async () => server.process.exitCode ?? undefined);
    expect(ended).toBe(0);
  });

  test('is emptied from afar, and goes on with it where nobody watches any more', async () => {
    const { player, device } = await start();
    const command = spawn(clefBinary, ['server', 'drain', 'one'], {
      env: clefEnvironment(server.settings),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    command.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const left = once(command, 'close');
    await isNotReady();
    await expect.poll(() => said).toContain('1 stream');
    command.kill('SIGINT');
    expect(await left).toEqual([130, null]);
    expect(said).toContain('goes on emptying itself');
    await device.gone;
    const exited = once(server.process, 'exit');
    expect((await player.finish()).equals(music)).toBe(true);
    expect(await exited).toEqual([0, null]);
  });
});
