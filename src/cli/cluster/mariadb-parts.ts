import { execFile } from 'node:child_process';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Connection, createConnection } from 'mysql2/promise';
import type { ClusterLayout } from './layout.ts';
import { ProcessPart } from './process-part.ts';

const run = promisify(execFile);
const USER = 'clef_admin';
const DATABASE = 'clef';
/** Spider tells data nodes apart by their host: each has an address of loopback of its own. */
const FIRST_HOST = 11;
const ANSWERS_WITHIN_MS = 3_000;
/** Told to end, it hangs now and then (seen with 10.11.19). What it keeps lies on its disk. */
const SPIDER_STOPS_WITHIN_MS = 5_000;

export interface MariadbParts {
  readonly dataNodes: readonly ProcessPart[];
  readonly spiders: readonly ProcessPart[];
  /** For `clef catalog shards`. */
  readonly listFile: string;
  /** For `CLEF_CATALOG`. */
  readonly catalog: string;
}

interface Server {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly isSpider: boolean;
}

interface Counts {
  readonly dataNodes: number;
  readonly spiders: number;
}

/** docs/operations.md has the reasons. */
const OF_ALL = [
  'skip_name_resolve',
  'character_set_server = utf8mb4',
  'innodb_buffer_pool_size = 64M',
  'innodb_log_file_size = 32M',
  'performance_schema = OFF',
];
const OF_DATA_NODES = [
  'innodb_lock_wait_timeout = 1',
  'innodb_flush_log_at_trx_commit = 1',
  'max_connections = 600',
  'log_bin = binlog',
  'binlog_format = ROW',
  'gtid_strict_mode = ON',
  'sync_binlog = 1',
];
const OF_SPIDERS = ['plugin_load_add = ha_spider', 'max_connections = 600', 'table_open_cache = 4000'];

/** MariaDB data nodes and Spider nodes, with the list that `clef catalog shards` takes. */
export async function mariadbParts(
  folder: string,
  layout: ClusterLayout,
  counts: Counts,
): Promise<MariadbParts> {
  const servers = async (
    count: number,
    prefix: string,
    of: { readonly from: number; readonly isSpider: boolean },
  ) =>
    Promise.all(
      Array.from({ length: count }, async (_, at): Promise<Server> => {
        const name = `${prefix}-${at + 1}`;
        return {
          name,
          host: `127.0.0.${of.from + at}`,
          port: await layout.port(name),
          isSpider: of.isSpider,
        };
      }),
    );
  const dataNodes = await servers(counts.dataNodes, 'data', { from: FIRST_HOST, isSpider: false });
  const spiders = await servers(counts.spiders, 'spider', {
    from: FIRST_HOST + counts.dataNodes,
    isSpider: true,
  });

  const adminKey = join(folder, 'database-admin.key');
  const clientKey = join(folder, 'database-client.key');
  const adminPassword = layout.secret('database-admin');
  await writeKey(adminKey, USER, adminPassword);
  await writeKey(clientKey, DATABASE, layout.secret('database-client'));
  const addressOf = ({ host, port }: Server, key: string) =>
    `mysql://${host}:${port}/${DATABASE}?key=${encodeURIComponent(key)}`;
  const listFile = join(folder, 'shards.toml');
  const sections = [
    `[client]\nkey = ${JSON.stringify(clientKey)}\n`,
    ...dataNodes.map(
      (node) => `[[node]]\nname = "${node.name}"\nprimary = ${JSON.stringify(addressOf(node, adminKey))}\n`,
    ),
    ...spiders.map(
      (spider) =>
        `[[spider]]\nname = "${spider.name}"\naddress = ${JSON.stringify(addressOf(spider, adminKey))}\n`,
    ),
  ];
  await writeFile(listFile, sections.join('\n'), { mode: 0o600 });
  const part = async (server: Server) => mariadbPart(join(folder, server.name), server, adminPassword);
  return {
    dataNodes: await Promise.all(dataNodes.map(part)),
    spiders: await Promise.all(spiders.map(part)),
    listFile,
    catalog: `mysql://${spiders.map(({ host, port }) => `${host}:${port}`).join(',')}/${DATABASE}?key=${encodeURIComponent(clientKey)}`,
  };
}

async function mariadbPart(place: string, server: Server, password: string): Promise<ProcessPart> {
  const { name, host, port, isSpider } = server;
  await mkdir(join(place, 'temporary'), { recursive: true, mode: 0o700 });
  const data = join(place, 'data');
  if (!(await isThere(data))) await install(place, data);
  const setup = join(place, 'setup.sql');
  await writeFile(
    setup,
    `set session sql_log_bin = 0;
create user if not exists ${USER}@'127.0.0.%' identified by '${password}';
grant all on *.* to ${USER}@'127.0.0.%' with grant option;
drop user if exists root@'127.0.0.1', root@'::1', root@'${hostname().toLowerCase()}';
create database if not exists ${DATABASE};
`,
    { mode: 0o600 },
  );
  const settings = [
    '[mariadbd]',
    `datadir = ${data}`,
    // A server that starts erases what others have in a folder that is theirs too.
    `tmpdir = ${join(place, 'temporary')}`,
    `socket = ${join(place, 'socket')}`,
    `pid_file = ${join(place, 'pid')}`,
    `init_file = ${setup}`,
    `bind_address = ${host}`,
    `port = ${port}`,
    `server_id = ${port}`,
    ...OF_ALL,
    ...(isSpider ? OF_SPIDERS : OF_DATA_NODES),
    ...(process.getuid?.() === 0 ? ['user = root'] : []),
  ];
  const file = join(place, 'my.cnf');
  await writeFile(file, `${settings.join('\n')}\n`, { mode: 0o600 });
  const login = { host, port, user: USER, password, connectTimeout: ANSWERS_WITHIN_MS };
  return new ProcessPart({
    name,
    kind: isSpider ? 'Spider node' : 'data node',
    serves: isSpider ? 'the catalogue, over all data nodes' : 'a share of the catalogue’s rows',
    command: ['mariadbd', `--defaults-file=${file}`],
    logFile: join(place, 'log'),
    answers: () => answers(login, isSpider),
    ...(isSpider && { stopWithinMs: SPIDER_STOPS_WITHIN_MS }),
  });
}

/** An empty data folder, whole or not at all. */
async function install(place: string, data: string): Promise<void> {
  const draft = join(place, 'data.new');
  await rm(draft, { recursive: true, force: true });
  await run(
    'mariadb-install-db',
    [
      '--no-defaults',
      `--datadir=${draft}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      '--innodb-log-file-size=32M',
      ...(process.getuid?.() === 0 ? ['--user=root'] : []),
    ],
    { env: { ...process.env, TMPDIR: place } },
  );
  await rename(draft, data);
}

/** Spider says that it is there somewhat later than its server. */
async function answers(
  login: { readonly host: string; readonly port: number; readonly user: string; readonly password: string },
  isSpider: boolean,
): Promise<boolean> {
  let connection: Connection | undefined;
  try {
    connection = await createConnection(login);
    const [engines] = await connection.query({
      sql: "select 1 from information_schema.engines where engine = 'SPIDER'",
      timeout: ANSWERS_WITHIN_MS,
    });
    await connection.end();
    return !isSpider || (Array.isArray(engines) && engines.length > 0);
  } catch {
    connection?.destroy();
    return false;
  }
}

async function writeKey(file: string, user: string, password: string): Promise<void> {
  await writeFile(file, `user = "${user}"\npassword = "${password}"\n`, { mode: 0o600 });
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
