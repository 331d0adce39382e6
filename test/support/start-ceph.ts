import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { S3Credentials } from '../../src/vault/nodes/s3.ts';
import { freePort, temporaryFolder } from './clef-process.ts';
import { newLog } from './kept-logs.ts';
import { noteSecret } from './noted-secrets.ts';
import { pauseProcess } from './processes.ts';
import { waitFor } from './wait-for.ts';

export const RADOSGW = '/usr/bin/radosgw';
const run = promisify(execFile);

/** An engine that speaks S3: one monitor, one storage daemon that keeps everything in memory, one gateway. */
export interface Ceph extends AsyncDisposable {
  readonly endpoint: string;
  readonly credentials: S3Credentials;
  readonly region: string;
  readonly style: 'path';
  /** Killed, the storage daemon makes the gateway hang; the gateway makes refusals. */
  kill(daemon: 'osd' | 'gateway'): Promise<void>;
  /** It answers nobody until it goes on. */
  pause(daemon: 'osd' | 'gateway'): Promise<void>;
  resume(daemon: 'osd' | 'gateway'): void;
  /** Only the gateway comes back: what the storage daemon kept went with it. */
  startGateway(): Promise<void>;
}

interface Daemon {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  /** Its last words. */
  said: string;
}

const MOST_SAID = 2_000;
const MOST_STARTS = 4;

/** Private daemons on loopback, whose files lie in a temporary folder. */
export async function startCeph(): Promise<Ceph> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder('ceph'));
  const monitorPort = await freePort();
  const gatewayPort = await freePort();
  const fsid = randomUUID();
  const configuration = join(folder.path, 'ceph.conf');
  await writeFile(configuration, configurationOf(folder.path, fsid, monitorPort));
  const place = (name: string) => join(folder.path, name);
  const ceph = (program: string, ...args: string[]) =>
    run(program, ['-c', configuration, ...args], { timeout: 20_000 });

  const daemons = new Map<string, Daemon>();
  const start = (name: string, program: string, ...args: string[]) => {
    const child = spawn(program, ['-c', configuration, '-f', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const daemon: Daemon = { child, ended: once(child, 'close'), said: '' };
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      daemon.said = (daemon.said + text).slice(-MOST_SAID);
    });
    daemons.set(name, daemon);
    return daemon;
  };
  /** Asks until there is an answer; a daemon that ended, or says nothing for long, is told with what it said. */
  const awaited = async <T>(name: string, ask: () => Promise<T | undefined>): Promise<T> => {
    const daemon = daemons.get(name);
    try {
      return await waitFor(`Ceph's ${name}`, async () => {
        if (daemon?.child.exitCode !== null) throw new Error(`Ceph's ${name} ended`);
        return ask();
      });
    } catch (error) {
      const all = Array.from(daemons, ([other, { said }]) => `${other}: ${said}`);
      throw new Error([String(error), ...all].join('\n'), { cause: error });
    }
  };
  const kill = async (name: string) => {
    const daemon = daemons.get(name);
    daemon?.child.kill('SIGKILL');
    await daemon?.ended;
  };
  stack.defer(async () => {
    await Promise.all(Array.from(daemons.keys(), kill));
  });

  const map = place('monmap');
  await run('monmaptool', ['--create', '--addv', 'a', `[v1:127.0.0.1:${monitorPort}]`, '--fsid', fsid, map]);
  await mkdir(place('mon'));
  await ceph('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map);
  start('monitor', 'ceph-mon', '-i', 'a');
  const osdId = randomUUID();
  await awaited('monitor', () => ceph('ceph', 'osd', 'new', osdId).catch(() => undefined));
  await mkdir(place('osd'));
  await ceph('ceph-osd', '--mkfs', '-i', '0', '--osd-uuid', osdId);
  const startStorage = (starts = 1): void => {
    const { child } = start('osd', 'ceph-osd', '-i', '0');
    // Once in some twenty starts the monitor takes it for one of another cluster ("wrong fsid"), and it ends.
    child.once('exit', (code) => {
      if (code !== null && starts < MOST_STARTS) startStorage(starts + 1);
    });
  };
  startStorage();

  const startGateway = async () => {
    start(
      'gateway',
      RADOSGW,
      '-n',
      'client.admin',
      '--rgw-frontends',
      `beast endpoint=127.0.0.1:${gatewayPort}`,
    );
    await awaited('gateway', async () => (await isThere(endpoint)) || undefined);
  };
  const endpoint = `http://127.0.0.1:${gatewayPort}`;
  await startGateway();
  const credentials = { accessKeyId: 'clef', secretAccessKey: randomUUID() };
  noteSecret('service', credentials.secretAccessKey);
  const keys = ['--access-key', credentials.accessKeyId, '--secret-key', credentials.secretAccessKey];
  await ceph('radosgw-admin', 'user', 'create', '--uid', 'clef', '--display-name', 'Clef', ...keys);
  const owned = stack.move();
  return {
    endpoint,
    credentials,
    region: 'default',
    style: 'path',
    kill,
    async pause(daemon) {
      const { pid } = daemons.get(daemon)?.child ?? {};
      if (pid === undefined) throw new Error(`Ceph's ${daemon} does not run`);
      await pauseProcess(pid);
    },
    resume: (daemon) => void daemons.get(daemon)?.child.kill('SIGCONT'),
    startGateway,
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

function configurationOf(folder: string, fsid: string, monitorPort: number): string {
  const settings = {
    fsid,
    'mon host': `[v1:127.0.0.1:${monitorPort}]`,
    'mon data': join(folder, 'mon'),
    'osd data': join(folder, 'osd'),
    'rgw data': join(folder, 'gateway'),
    'run dir': folder,
    'admin socket': '',
    'log file': newLog('ceph') ?? '',
    'public addr': '127.0.0.1',
    'cluster addr': '127.0.0.1',
    'auth cluster required': 'none',
    'auth service required': 'none',
    'auth client required': 'none',
    'osd objectstore': 'memstore',
    'memstore device bytes': 4 * 2 ** 30,
    'osd pool default size': 1,
    'osd pool default min size': 1,
    'osd pool default pg num': 4,
    'osd pool default pgp num': 4,
    'osd crush chooseleaf type': 0,
    // Leases to read are made of it. One daemon alone that was stopped for longer than its lease, and is asked before it
    // renewed it, never reads again (ceph-container issue 1682).
    'osd heartbeat grace': 3_600,
    'mon allow pool size one': true,
    'mon warn on pool no redundancy': false,
    'mon data avail crit': 0,
    'rgw enable usage log': false,
    'rgw lifecycle work time': '00:00-00:01',
  };
  return ['[global]', ...Object.entries(settings).map(([name, value]) => `${name} = ${value}`), ''].join(
    '\n',
  );
}

async function isThere(endpoint: string): Promise<boolean> {
  return fetch(endpoint, { signal: AbortSignal.timeout(5_000) }).then(
    ({ status }) => status === 200,
    () => false,
  );
}
