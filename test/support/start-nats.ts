import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, temporaryFolder } from './clef-process.ts';
import { keepLog } from './kept-logs.ts';
import { waitFor } from './wait-for.ts';

export const NATS_SERVER = '/usr/sbin/nats-server';

/** One nats-server with a store of its own, which outlives its processes. */
export interface NatsNode {
  readonly name: string;
  readonly port: number;
  readonly isRunning: boolean;
  /** Stores that were emptied because the server panicked over them; its replicas fill them again. */
  readonly wipes: number;
  start(): Promise<void>;
  /** `SIGKILL`: as a crash; `SIGTERM`: it hands over what it leads. */
  stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

export interface Nats extends AsyncDisposable {
  readonly nodes: readonly NatsNode[];
  /** For `CLEF_NATS`. */
  readonly url: string;
  /** The node that leads a stream; undefined while none does. */
  leaderOf(stream: string): Promise<NatsNode | undefined>;
}

interface Ports {
  readonly client: number;
  readonly cluster: number;
  readonly monitor: number;
}

interface Monitored {
  readonly account_details?: readonly {
    readonly stream_detail?: readonly {
      readonly name: string;
      readonly cluster?: { readonly leader?: string };
    }[];
  }[];
}

/** Private servers on loopback: one by itself, or a cluster. `settings` go to the end of each one's configuration. */
export async function startNats(count: 1 | 3, settings = 'jetstream: { store_dir: $STORE }'): Promise<Nats> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder('nats'));
  const ports: Ports[] = [];
  for (let i = 0; i < count; i++)
    ports.push({ client: await freePort(), cluster: await freePort(), monitor: await freePort() });
  const nodes = await Promise.all(
    ports.map(async (own, i) => {
      const place = join(folder.path, `node-${i}`);
      await mkdir(place);
      await writeFile(join(place, 'nats.conf'), configurationOf(place, own, ports, settings));
      return createNode(place, own);
    }),
  );
  stack.defer(async () => {
    await Promise.all(nodes.map((node) => node.stop('SIGKILL')));
  });
  await Promise.all(nodes.map((node) => node.start()));
  const owned = stack.move();
  return {
    nodes,
    url: nodes.map(({ port }) => `nats://127.0.0.1:${port}`).join(','),
    async leaderOf(stream) {
      for (const [i, node] of nodes.entries()) {
        if (!node.isRunning) continue;
        const leader = await leaderKnownTo(ports[i]?.monitor ?? 0, stream);
        if (leader !== undefined) return nodes.find(({ name }) => name === leader);
      }
      return undefined;
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

function nameOf({ client }: Ports): string {
  return `node-${client}`;
}

function configurationOf(place: string, own: Ports, all: readonly Ports[], settings: string): string {
  const routes = all.map(({ cluster }) => `nats://127.0.0.1:${cluster}`).join(', ');
  return [
    `server_name: ${nameOf(own)}`,
    `listen: "127.0.0.1:${own.client}"`,
    `http: "127.0.0.1:${own.monitor}"`,
    all.length > 1 && `cluster: { name: clef, listen: "127.0.0.1:${own.cluster}", routes: [${routes}] }`,
    settings.replace('$STORE', `"${join(place, 'store')}"`),
  ]
    .filter((line) => line !== false)
    .join('\n');
}

function createNode(place: string, own: Ports): NatsNode {
  let child: ChildProcess | undefined;
  let ended: Promise<unknown> = Promise.resolve();
  let said = '';
  let wipes = 0;
  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;

  function run(): void {
    said = '';
    const started = spawn(NATS_SERVER, ['-c', join(place, 'nats.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    started.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-20_000)));
    keepLog('nats', started.stderr);
    ended = once(started, 'close');
    child = started;
  }

  return {
    name: nameOf(own),
    port: own.client,
    get isRunning() {
      return isRunning();
    },
    get wipes() {
      return wipes;
    },
    async start() {
      run();
      await waitFor(`nats-server on ${own.client}`, async () => {
        if (await isReady(own.monitor)) return true;
        if (isRunning()) return undefined;
        await ended;
        if (!said.includes('panic:')) throw new Error(`nats-server did not start:\n${said}`);
        wipes++;
        await rm(join(place, 'store'), { recursive: true, force: true });
        run();
        return undefined;
      });
    },
    async stop(signal) {
      if (isRunning()) child?.kill(signal);
      await ended;
    },
  };
}

async function isReady(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/healthz?js-server-only=true`).catch(() => undefined);
  return answer?.ok ?? false;
}

async function leaderKnownTo(port: number, stream: string): Promise<string | undefined> {
  const answer = await fetch(`http://127.0.0.1:${port}/jsz?streams=true`).catch(() => undefined);
  if (!answer?.ok) return undefined;
  const { account_details: accounts = [] } = (await answer.json()) as Monitored;
  const found = accounts
    .flatMap(({ stream_detail: details = [] }) => details)
    .find(({ name }) => name === stream);
  return found?.cluster?.leader;
}
