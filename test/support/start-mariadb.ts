import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import type { MysqlAddress } from '../../src/catalog/sql/mysql/pool.ts';
import { freePort, temporaryFolder } from './clef-process.ts';
import { pauseProcess } from './processes.ts';
import { endWithRun, sharedFolder } from './shared-by-run.ts';
import { waitFor } from './wait-for.ts';

export const MARIADBD = '/usr/sbin/mariadbd';
const run = promisify(execFile);

/** One server of MariaDB, whose data outlives its process. */
export interface Mariadb extends AsyncDisposable {
  /** An empty database of its own on it. */
  newDatabase(): Promise<MysqlAddress>;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** It answers nobody until it goes on. */
  pause(): Promise<void>;
  resume(): void;
}

export interface MariadbOptions {
  /** What is committed is on the disk, as in earnest. Where nothing is killed, that is waited for in vain. */
  readonly isDurable?: boolean;
  /** Nobody disposes of it: it ends with the run of tests. */
  readonly isShared?: boolean;
  /** Of memory for tables and indexes; 64 for the small ones of tests. */
  readonly bufferPoolMib?: number;
}

/** On loopback, with its files in a temporary folder. */
export async function startMariadb(options: MariadbOptions = {}): Promise<Mariadb> {
  const { isDurable = false, isShared = false, bufferPoolMib = 64 } = options;
  await using stack = new AsyncDisposableStack();
  const place = isShared ? sharedFolder('mariadb') : stack.use(await temporaryFolder('mariadb')).path;
  const data = join(place, 'data');
  await run('mariadb-install-db', [
    '--no-defaults',
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
  ]);
  const port = await freePort();
  const [user, password] = ['clef', randomUUID()];
  const setup = join(place, 'setup.sql');
  await writeFile(
    setup,
    `create user if not exists ${user}@'127.0.0.1' identified by '${password}';\n` +
      `grant all on *.* to ${user}@'127.0.0.1';\n`,
  );
  const args = [
    '--no-defaults',
    `--datadir=${data}`,
    `--socket=${join(place, 'socket')}`,
    `--pid-file=${join(place, 'pid')}`,
    `--init-file=${setup}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    '--character-set-server=utf8mb4',
    `--innodb-buffer-pool-size=${bufferPoolMib}M`,
    '--innodb-log-file-size=32M',
    ...(isDurable ? [] : ['--innodb-flush-method=nosync', '--innodb-flush-log-at-trx-commit=0']),
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
  ];
  const address = { host: '127.0.0.1', port, user, password };

  let child: ChildProcess | undefined;
  let ended: Promise<unknown> | undefined;
  let said = '';
  const start = async () => {
    said = '';
    child = spawn(MARIADBD, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    if (isShared && child.pid !== undefined) endWithRun(child.pid);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    ended = once(child, 'close');
    await waitFor('MariaDB', async () => {
      if (child?.exitCode !== null) throw new Error(`MariaDB ended as it started: ${said}`);
      return answers(address);
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

async function answers(address: Omit<MysqlAddress, 'database'>): Promise<true | undefined> {
  try {
    const connection = await createConnection({ ...address, connectTimeout: 2_000 });
    await connection.end();
    return true;
  } catch {
    return undefined;
  }
}
