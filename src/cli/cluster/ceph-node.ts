import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AwsClient } from 'aws4fetch';
import { ClefError } from '../../core/index.ts';
import type { ClusterLayout } from './layout.ts';
import type { Part, PartEnd, PartState } from './part.ts';
import { ProcessPart } from './process-part.ts';

const run = promisify(execFile);
const BUCKET = 'clef';
const COMMAND_TIMEOUT_MS = 30_000;
const MOST_STARTS = 4;
/** A file with holes: it takes what is written. */
const DISK_BYTES = 20 * 2 ** 30;

export interface BucketNode {
  readonly part: Part;
  /** For `CLEF_NODES`. */
  readonly address: string;
}

/** A storage node in a bucket of a private Ceph: a monitor, a storage daemon on a file, and a gateway that speaks S3. */
export async function cephNode(folder: string, layout: ClusterLayout, name: string): Promise<BucketNode> {
  const place = join(folder, name);
  const monitorPort = await layout.port(`${name}-monitor`);
  const port = await layout.port(name);
  await mkdir(place, { recursive: true, mode: 0o700 });
  const configuration = join(place, 'ceph.conf');
  const fsid = await idOf(join(place, 'fsid'));
  await writeFile(configuration, configurationOf({ place, fsid, monitorPort }), { mode: 0o600 });
  const keyFile = join(place, 'bucket.key');
  const keys = { accessKeyId: 'clef', secretAccessKey: layout.secret(name) };
  await writeFile(keyFile, `access_key = "${keys.accessKeyId}"\nsecret_key = "${keys.secretAccessKey}"\n`, {
    mode: 0o600,
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const daemon = (of: string, command: readonly [string, ...string[]], answers: () => Promise<boolean>) =>
    new ProcessPart({
      name: `${name} ${of}`,
      kind: 'storage node',
      serves: of,
      command: [command[0], '-c', configuration, '-f', ...command.slice(1)],
      logFile: join(place, `${of}.log`),
      answers,
    });
  /** How many storage daemons are up; -1 where no monitor answers. */
  const storageUp = () =>
    run('ceph', ['-c', configuration, '--connect-timeout', '2', 'osd', 'stat'], {
      timeout: COMMAND_TIMEOUT_MS,
    }).then(
      ({ stdout }) => Number(/(\d+) up/.exec(stdout)?.[1] ?? 0),
      () => -1,
    );
  const part = new CephPart(name, {
    place,
    configuration,
    endpoint,
    keys,
    fsid,
    monitorPort,
    monitor: daemon('monitor', ['ceph-mon', '-i', 'a'], async () => (await storageUp()) >= 0),
    storage: daemon('storage', ['ceph-osd', '-i', '0'], async () => (await storageUp()) > 0),
    gateway: daemon(
      'gateway',
      ['radosgw', '-n', 'client.admin', '--rgw-frontends', `beast endpoint=127.0.0.1:${port}`],
      () => isThere(endpoint),
    ),
  });
  return {
    part,
    address: `s3://${BUCKET}/columns?endpoint=${encodeURIComponent(endpoint)}&key=${encodeURIComponent(keyFile)}#domain=${name}`,
  };
}

interface CephParts {
  readonly place: string;
  readonly configuration: string;
  readonly endpoint: string;
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly fsid: string;
  readonly monitorPort: number;
  readonly monitor: ProcessPart;
  readonly storage: ProcessPart;
  readonly gateway: ProcessPart;
}

/** Three processes that are one node: it is gone where its gateway is. */
class CephPart implements Part {
  readonly kind = 'storage node';
  readonly serves = 'columns in a bucket (Ceph, S3)';
  readonly name: string;
  readonly #of: CephParts;

  constructor(name: string, of: CephParts) {
    this.name = name;
    this.#of = of;
  }

  get state(): PartState {
    const { monitor, gateway } = this.#of;
    return gateway.state === 'waiting' && monitor.state !== 'waiting' ? 'starting' : gateway.state;
  }

  async clear(): Promise<number> {
    const { monitor, storage, gateway } = this.#of;
    let killed = 0;
    for (const one of [gateway, storage, monitor]) killed += await one.clear();
    return killed;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { monitor, gateway } = this.#of;
    await this.#makeMonitor();
    await monitor.start(signal);
    await this.#makeStorage();
    await this.#startStorage(signal);
    await gateway.start(signal);
    await this.#makeBucket();
  }

  async stop(): Promise<PartEnd> {
    const { monitor, storage, gateway } = this.#of;
    const ends: PartEnd[] = [];
    for (const one of [gateway, storage, monitor]) ends.push(await one.stop());
    return ends.includes('by force') ? 'by force' : 'stopped';
  }

  kill(): Promise<void> {
    return this.#of.gateway.kill();
  }

  look(): Promise<void> {
    return this.#of.gateway.look();
  }

  async #makeMonitor(): Promise<void> {
    const { place, configuration, fsid, monitorPort } = this.#of;
    await whole(join(place, 'mon'), async (draft) => {
      const map = join(place, 'monmap');
      const address = `[v1:127.0.0.1:${monitorPort}]`;
      await run('monmaptool', ['--create', '--clobber', '--addv', 'a', address, '--fsid', fsid, map]);
      await mkdir(draft);
      const into = ['--mon-data', draft];
      await run('ceph-mon', ['-c', configuration, '--mkfs', '-i', 'a', '--monmap', map, ...into]);
    });
  }

  async #makeStorage(): Promise<void> {
    const { place, configuration } = this.#of;
    await whole(join(place, 'osd'), async (draft) => {
      const id = await idOf(join(place, 'osd-id'));
      // The same id is number 0 again, where an earlier start was broken off here.
      await run('ceph', ['-c', configuration, 'osd', 'new', id], { timeout: COMMAND_TIMEOUT_MS });
      await mkdir(draft);
      const into = ['--osd-data', draft];
      await run('ceph-osd', ['-c', configuration, '--mkfs', '-i', '0', '--osd-uuid', id, ...into]);
    });
  }

  /** Once in some twenty starts the monitor takes it for one of another cluster ("wrong fsid"), and it ends. */
  async #startStorage(signal: AbortSignal): Promise<void> {
    for (let starts = 1; ; starts++) {
      try {
        return await this.#of.storage.start(signal);
      } catch (error) {
        if (starts === MOST_STARTS) throw error;
      }
    }
  }

  async #makeBucket(): Promise<void> {
    const { configuration, endpoint, keys } = this.#of;
    const { accessKeyId, secretAccessKey } = keys;
    const user = ['user', 'create', '--uid', 'clef', '--display-name', 'Clef'];
    const login = ['--access-key', accessKeyId, '--secret-key', secretAccessKey];
    const made = run('radosgw-admin', ['-c', configuration, ...user, ...login], {
      timeout: COMMAND_TIMEOUT_MS,
    });
    const client = new AwsClient({ ...keys, service: 's3', region: 'default', retries: 0 });
    // It may have been made at an earlier start.
    await made.catch(() => undefined);
    const { status } = await client.fetch(`${endpoint}/${BUCKET}`, { method: 'PUT' });
    if (status !== 200)
      throw new ClefError('cluster-part-failed', `${this.name} made no bucket (HTTP status ${status})`);
  }
}

/** Makes a folder under another name, and gives it its own once it is whole. */
async function whole(path: string, make: (draft: string) => Promise<void>): Promise<void> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  const draft = `${path}.new`;
  await rm(draft, { recursive: true, force: true });
  await make(draft);
  await rename(draft, path);
}

/** Drawn once. */
async function idOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const id = randomUUID();
    await writeFile(file, id);
    return id;
  }
}

function isThere(endpoint: string): Promise<boolean> {
  return fetch(endpoint, { signal: AbortSignal.timeout(3_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}

function configurationOf({
  place,
  fsid,
  monitorPort,
}: Pick<CephParts, 'place' | 'fsid' | 'monitorPort'>): string {
  const settings = {
    fsid,
    'mon host': `[v1:127.0.0.1:${monitorPort}]`,
    'mon data': join(place, 'mon'),
    'osd data': join(place, 'osd'),
    'rgw data': join(place, 'gateway'),
    'run dir': place,
    'admin socket': '',
    'log file': '',
    'public addr': '127.0.0.1',
    'cluster addr': '127.0.0.1',
    // To try, on loopback: who has an account on this machine reaches its objects, which are sealed. Who asks the gateway shows its keys.
    'auth cluster required': 'none',
    'auth service required': 'none',
    'auth client required': 'none',
    'osd objectstore': 'bluestore',
    'bluestore block size': DISK_BYTES,
    'bluestore block create': true,
    'osd memory target': 939_524_096,
    'osd pool default size': 1,
    'osd pool default min size': 1,
    'osd pool default pg num': 4,
    'osd pool default pgp num': 4,
    'osd crush chooseleaf type': 0,
    'mon allow pool size one': true,
    'mon warn on pool no redundancy': false,
    'mon data avail crit': 0,
    'rgw enable usage log': false,
  };
  const lines = Object.entries(settings).map(([setting, value]) => `${setting} = ${value}`);
  return ['[global]', ...lines, ''].join('\n');
}
