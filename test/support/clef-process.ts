import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withCatalogPlace } from './catalog-place.ts';
import { CATALOG_OF_TESTS } from './shared-mariadb.ts';
import { copyFirstStart, holdsLibrary } from './first-start.ts';
import { keepLog } from './kept-logs.ts';
import { clefBinary, clefEnvironment, type Credentials, FIRST_START, runClef } from './run-clef.ts';
import { sharedFolder } from './shared-by-run.ts';

export {
  clefBinary,
  clefEnvironment,
  type CommandResult,
  type Credentials,
  runClef,
} from './run-clef.ts';

/** Below those that systems give to outgoing connections, which may take a port between two moments. */
const [LEAST_PORT, LEAST_OUTGOING_PORT] = [20_000, 32_768];

/** A port of loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LEAST_PORT, LEAST_OUTGOING_PORT);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** A folder that goes with the test, whatever happens in it. */
export async function temporaryFolder(name = 'test'): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), `clef-${name}-`));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export interface ClefServer extends AsyncDisposable {
  readonly baseUrl: string;
  readonly process: ChildProcess;
  readonly settings: Record<string, string>;
  /** From the process's start until /readyz answered 200. */
  readonly readyAfterMs: number;
  readonly log: () => string;
  /** An app password of the first administrator's. */
  credentials(client?: string): Promise<Credentials>;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface StartClefOptions {
  readonly data: string;
  /** Makes keys of its own, as it does for people; by default only where settings could make a difference, and in proofs. */
  readonly isFirstStart?: boolean;
  /** Of music. A library that begins is given an empty one by default: with none (`[]`) Clef makes and imports a demo album. */
  readonly folders?: readonly string[];
  readonly settings?: Record<string, string>;
  /** Of a server that was there before; a free one otherwise. */
  readonly port?: number;
  /** The path of `CLEF_BASE_URL`, which is on loopback. */
  readonly basePath?: string;
  /** Put before the command, for instance a limit or another clock. */
  readonly wrapper?: readonly string[];
  readonly readyWithinMs?: number;
}

const POLL_MS = 5;

let withoutMusic: string | undefined;

/** Settings that a first start makes something of. */
const MATTER_AT_FIRST = /^CLEF_(?:ADMIN|CATALOG|LOG|NODES|POLICY|RECOVERY|SERVER_(?:KEY|PASSPHRASE))/;

/** Starts a private server on a free port and waits until it is ready. */
export async function startClef(options: StartClefOptions): Promise<ClefServer> {
  const port = options.port ?? (await freePort());
  const isFirstStart =
    options.isFirstStart ??
    (process.env['VITEST'] === undefined ||
      options.wrapper !== undefined ||
      CATALOG_OF_TESTS !== undefined ||
      Object.keys(options.settings ?? {}).some((name) => MATTER_AT_FIRST.test(name)));
  const isBeginning = !(await holdsLibrary(options.data));
  const known = isBeginning && !isFirstStart ? await copyFirstStart(options.data) : undefined;
  const settings = await withCatalogPlace({
    CLEF_DATA: options.data,
    CLEF_LISTEN: `127.0.0.1:${port}`,
    ...FIRST_START,
    ...(options.basePath !== undefined && {
      CLEF_BASE_URL: `http://127.0.0.1:${port}${options.basePath}`,
    }),
    ...options.settings,
  });
  const [command = clefBinary, ...rest] = [
    ...(options.wrapper ?? []),
    clefBinary,
    'start',
    ...(options.folders ?? (isBeginning ? [(withoutMusic ??= sharedFolder('without-music'))] : [])),
  ];
  const startedMs = performance.now();
  const child = spawn(command, rest, { env: clefEnvironment(settings), stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (log += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (log += text));
  keepLog('clef', child.stdout, child.stderr);
  const exited = once(child, 'close') as Promise<[number | null]>;
  const baseUrl = `http://127.0.0.1:${port}`;

  const deadlineMs = startedMs + (options.readyWithinMs ?? 30_000);
  while (!(await isReady(baseUrl))) {
    if (child.exitCode !== null || performance.now() > deadlineMs) {
      child.kill('SIGKILL');
      throw new Error(`clef start did not become ready:\n${log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const readyAfterMs = performance.now() - startedMs;

  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return (await exited)[0];
  };
  return {
    baseUrl,
    process: child,
    settings,
    readyAfterMs,
    log: () => log,
    async credentials(client) {
      if (known && client === undefined) return known;
      const { status, stdout, stderr } = await runClef(
        ['app-password', 'create', 'admin', '--client', client ?? 'test', '--json'],
        settings,
      );
      if (status !== 0) throw new Error(`clef app-password create failed: ${stderr}`);
      return JSON.parse(stdout) as Credentials;
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop('SIGKILL');
    },
  };
}

async function isReady(baseUrl: string): Promise<boolean> {
  try {
    return (await fetch(`${baseUrl}/readyz`)).ok;
  } catch {
    return false;
  }
}
