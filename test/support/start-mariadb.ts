import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import type { MysqlAddress } from '../../src/catalog/sql/mysql/address.ts';
import { freePort, temporaryFolder } from './clef-process.ts';
import { keepLog } from './kept-logs.ts';
import { noteSecret } from './noted-secrets.ts';
import { pauseProcess } from './processes.ts';
import { endWithRun, sharedFolder, sharedPath } from './shared-by-run.ts';
import { waitFor } from './wait-for.ts';

export const MARIADBD = '/usr/sbin/mariadbd';
const run = promisify(execFile);

/** One server of MariaDB, whose data outlives its process. */
export interface Mariadb extends AsyncDisposable {
  /** Of who may do everything. */
  readonly login: Omit<MysqlAddress, 'database'>;
  /** An empty database of its own on it. */
  newDatabase(): Promise<MysqlAddress>;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** It answers nobody until it goes on. */
  pause(): Promise<void>;
  resume(): void;
}

export interface MariadbOptions {
  /** Of loopback; Spider takes two servers of one host for one. */
  readonly host?: `127.0.0.${number}`;
  /** It may be another's primary or replica. */
  readonly isReplicated?: boolean;
  /** With the engine that hands its tables' rows on to other servers. */
  readonly isSpider?: boolean;
  /** What is committed is on the disk, as in earnest. By default it outlives the process, and not the machine. */
  readonly isDurable?: boolean;
  /** As its command line takes them. */
  readonly settings?: readonly string[];
  /** Nobody disposes of it: it ends with the run of tests. */
  readonly isShared?: boolean;
  /** Of memory for tables and indexes; 64 for the small ones of tests. */
  readonly bufferPoolMib?: number;
  /** An empty folder for all that it keeps, which outlives it; a temporary one by default. */
  readonly folder?: string;
}

const NOT_DURABLE = [
  '--innodb-flush-method=nosync',
  '--innodb-flush-log-at-trx-commit=2',
  '--sync-frm=0',
  '--debug-no-sync=1',
];

/** docs/operations.md has the reasons. */
const SPIDER = [
  '--spider-bka-mode=0',
  '--plugin-load-add=ha_spider',
  '--spider-internal-xa=1',
  '--spider-conn-recycle-mode=1',
  '--spider-remote-sql-log-off=1',
];

/** docs/operations.md has the reasons. */
const REPLICATED = [
  '--log-bin=binlog',
  '--log-slave-updates=1',
  '--binlog-format=ROW',
  '--gtid-strict-mode=1',
  '--sync-binlog=1',
  '--innodb-flush-log-at-trx-commit=1',
  '--rpl-semi-sync-master-enabled=1',
  '--rpl-semi-sync-slave-enabled=1',
  '--rpl-semi-sync-master-wait-point=AFTER_SYNC',
  '--rpl-semi-sync-master-timeout=1500',
];

const LOG_SIZE = '--innodb-log-file-size=32M';

let making: Promise<string> | undefined;

/** Of a server that was never started. To make one takes longer than to copy it. */
function emptyDataFolder(): Promise<string> {
  making ??= makeDataFolder(sharedPath('mariadb-data'));
  return making;
}

async function makeDataFolder(path: string): Promise<string> {
  if (existsSync(path)) return path;
  const place = sharedFolder('mariadb-install');
  const data = join(place, 'data');
  const install = [
    '--no-defaults',
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    LOG_SIZE,
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
  ];
  // A server that starts erases what others have in a folder that is theirs too.
  await run('mariadb-install-db', install, { env: { ...process.env, TMPDIR: place } });
  // Another process may have made one meanwhile.
  await rename(data, path).catch((error: unknown) => {
    if (!existsSync(path)) throw error;
  });
  return path;
}

/** On loopback, with its files in a temporary folder. */
export async function startMariadb(options: MariadbOptions = {}): Promise<Mariadb> {
  const {
    host = '127.0.0.1',
    isSpider = false,
    isDurable = false,
    isShared = false,
    isReplicated = false,
    settings = [],
    bufferPoolMib = 64,
    folder,
  } = options;
  await using stack = new AsyncDisposableStack();
  const place =
    folder ?? (isShared ? sharedFolder('mariadb') : stack.use(await temporaryFolder('mariadb')).path);
  const data = join(place, 'data');
  await cp(await emptyDataFolder(), data, { recursive: true });
  const temporary = join(place, 'temporary');
  await mkdir(temporary);
  const port = await freePort();
  const [user, password] = ['clef', randomUUID()];
  noteSecret('service', password);
  const setup = join(place, 'setup.sql');
  await writeFile(
    setup,
    // Not for a replica to repeat.
    `set session sql_log_bin = 0;\n` +
      `create user if not exists ${user}@'127.0.0.%' identified by '${password}';\n` +
      `grant all on *.* to ${user}@'127.0.0.%' with grant option;\n`,
  );
  const args = [
    '--no-defaults',
    `--datadir=${data}`,
    // A server that starts erases what others have in a folder that is theirs too.
    `--tmpdir=${temporary}`,
    `--socket=${join(place, 'socket')}`,
    `--pid-file=${join(place, 'pid')}`,
    `--init-file=${setup}`,
    `--port=${port}`,
    // Part of the names of distributed transactions.
    `--server-id=${port}`,
    `--bind-address=${host}`,
    '--skip-name-resolve',
    '--character-set-server=utf8mb4',
    `--innodb-buffer-pool-size=${bufferPoolMib}M`,
    // As `clef catalog shards apply` sets it; before that MariaDB waits for 50 s.
    '--innodb-lock-wait-timeout=5',
    LOG_SIZE,
    ...(isSpider ? SPIDER : []),
    ...(isDurable ? [] : NOT_DURABLE),
    ...(isReplicated ? REPLICATED : []),
    ...settings,
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
  ];
  const address = { host, port, user, password };

  let child: ChildProcess | undefined;
  let ended: Promise<unknown> | undefined;
  let said = '';
  const start = async () => {
    said = '';
    child = spawn(MARIADBD, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    if (isShared && child.pid !== undefined) endWithRun(child.pid);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    keepLog('mariadb', child.stderr);
    ended = once(child, 'close');
    await waitFor('MariaDB', async () => {
      if (child?.exitCode !== null) throw new Error(`MariaDB ended as it started: ${said}`);
      return answers(address, isSpider);
    });
  };
  const kill = async () => {
    child?.kill('SIGKILL');
    await ended;
  };
  stack.defer(kill);
  await start();
  const owned = stack.move();
  return {
    login: address,
    async newDatabase() {
      const database = `clef_${randomUUID().replaceAll('-', '')}`;
      const connection = await createConnection(address);
      await connection.query(`create database ${database}`);
      await connection.end();
      return { ...address, database };
    },
    start,
    kill,
    async pause() {
      const { pid } = child ?? {};
      if (pid === undefined) throw new Error('MariaDB does not run');
      await pauseProcess(pid);
    },
    resume: () => void child?.kill('SIGCONT'),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Spider says that it is there somewhat later than its server. */
async function answers(
  address: Omit<MysqlAddress, 'database'>,
  isSpider: boolean,
): Promise<true | undefined> {
  try {
    const connection = await createConnection({ ...address, connectTimeout: 2_000 });
    const [engines] = await connection.query(
      "select 1 from information_schema.engines where engine = 'SPIDER'",
    );
    await connection.end();
    return !isSpider || (engines as unknown[]).length > 0 ? true : undefined;
  } catch {
    return undefined;
  }
}
