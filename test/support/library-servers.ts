import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ClefServer,
  type Credentials,
  freePort,
  runClef,
  startClef,
  temporaryFolder,
} from './clef-process.ts';
import { type LibraryCatalogue, type ShardCounts, startLibraryCatalogue } from './library-catalogue.ts';
import { libraryIdOf } from './matrix-world.ts';
import { FIRST_START } from './run-clef.ts';
import { type Nats, startNats } from './start-nats.ts';

/** Several servers of Clef that share a library, as people set them up: nodes in folders, the catalogue in MariaDB. */
export interface LibraryServers extends AsyncDisposable {
  readonly servers: readonly ClefServer[];
  /** Where each node's columns lie. */
  readonly nodes: readonly string[];
  readonly credentials: Credentials;
  readonly libraryId: string;
  /** Where it was asked for. */
  readonly shards?: LibraryCatalogue['shards'];
  readonly nats?: Nats;
  /** Starts one again that was killed, on its port. */
  restart(at: number): Promise<void>;
}

export interface LibraryServersOptions {
  readonly servers: number;
  readonly nodes: number;
  /** Of these: data and parity. */
  readonly policy: string;
  /** Music of the first server. */
  readonly folder: string;
  /** Of a catalogue over shards; in one MariaDB by default. */
  readonly shards?: ShardCounts;
  /** So many keep playback sessions, and the leases of servers, which are named `server-1`, `server-2`, … */
  readonly natsServers?: 1 | 3;
  /** What the catalogue commits is on the disk, as in earnest, which takes its time; default true. */
  readonly isDurable?: boolean;
}

export async function startLibraryServers(options: LibraryServersOptions): Promise<LibraryServers> {
  await using stack = new AsyncDisposableStack();
  const place = stack.use(await temporaryFolder('library'));
  const catalogue = stack.use(await startLibraryCatalogue(place.path, options));
  const nats = options.natsServers && stack.use(await startNats(options.natsServers));
  const nodes = Array.from({ length: options.nodes }, (_, at) => join(place.path, `node-${at + 1}`));
  const settings = {
    CLEF_CATALOG: catalogue.setting,
    CLEF_NODES: nodes.map((path, at) => `${path}#domain=node-${at + 1}`).join(','),
    CLEF_POLICY: options.policy,
    CLEF_TRUSTED_PROXIES: 'loopback',
    CLEF_WORKERS: '0',
  };
  const wanted = await Promise.all(
    Array.from({ length: options.servers }, async (_, at) => {
      const [name, ownPort] = [`server-${at + 1}`, await freePort()];
      const announced = nats && {
        CLEF_NATS: nats.url,
        CLEF_SERVER_NAME: name,
        CLEF_CLUSTER_ADDRESS: `127.0.0.1:${ownPort}`,
      };
      return {
        data: join(place.path, name),
        port: ownPort,
        settings: { ...settings, ...announced },
        isFirstStart: true,
      };
    }),
  );
  const [first, ...others] = wanted;
  if (!first) throw new Error('a library has a server');
  const running = [await startClef({ ...first, folders: [options.folder] })];
  stack.defer(async () => {
    await Promise.all(running.map((server) => server.stop('SIGKILL')));
  });
  const credentials = await running[0]?.credentials('proof');
  if (!credentials) throw new Error('the first server makes an account');
  const clef = async (data: string, ...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await runClef(args, { ...settings, ...FIRST_START, CLEF_DATA: data });
    if (status !== 0) throw new Error(`clef ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  for (const [at, { data }] of others.entries()) {
    const card = join(place.path, `card-${at + 2}.json`);
    await writeFile(card, await clef(data, 'keys', 'card', '--name', `server-${at + 2}`));
    await clef(first.data, 'keys', 'recipients', 'add', card, '--kit', join(first.data, 'recovery-kit'));
  }
  const invitation = others.length === 0 ? '' : await clef(first.data, 'server', 'invite');
  for (const other of others) {
    await clef(other.data, 'server', 'join', invitation);
    running.push(await startClef(other));
  }
  const libraryId = await libraryIdOf(first.data);
  const owned = stack.move();
  return {
    servers: running,
    nodes,
    credentials,
    libraryId,
    ...(catalogue.shards && { shards: catalogue.shards }),
    ...(nats && { nats }),
    async restart(at) {
      const one = wanted[at];
      if (!one) throw new Error('there are fewer servers');
      running[at] = await startClef(one);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
