import { readFile } from 'node:fs/promises';
import { parse as parseToml } from 'smol-toml';
import * as v from 'valibot';
import { ClefError } from '../../core/index.ts';
import {
  type ClusterServer,
  type EdgeSite,
  type Membership,
  membershipOf,
  SERVER_NAME,
} from '../../edge/index.ts';
import { type BigipTable, bigipSchema } from './bigip-table.ts';
import { edgeSchema } from './edge-table.ts';

/** A cluster as its file describes it. */
export interface ClusterFile {
  /** Absent where servers announce themselves. */
  readonly membership?: Membership;
  /** How an edge of NGINX is to be. */
  readonly edge?: EdgeSite;
  readonly bigip?: BigipTable;
}

const MOST_SERVERS = 64;
const HOST_AND_PORT = /^(?:\[(?<ipv6>[0-9a-f:.]+)\]|(?<host>[a-z0-9][a-z0-9.-]*)):(?<port>\d{1,5})$/i;

const serverSchema = v.strictObject({
  name: v.pipe(v.string(), v.regex(SERVER_NAME, 'a name has small letters, digits and dashes')),
  address: v.pipe(
    v.string(),
    v.check((text) => parseAddress(text) !== undefined, 'an address is HOST:PORT, or [IPV6]:PORT'),
    v.transform((text) => parseAddress(text) as Pick<ClusterServer, 'host' | 'port'>),
  ),
  state: v.optional(v.picklist(['ready', 'draining']), 'ready'),
});

const fileSchema = v.strictObject({
  server: v.optional(v.pipe(v.array(serverSchema), v.minLength(1), v.maxLength(MOST_SERVERS))),
  edge: v.optional(edgeSchema),
  bigip: v.optional(bigipSchema),
});

/** `config-invalid` says what is wrong with it, and repeats nothing of it but names. */
export function parseClusterFile(text: string): ClusterFile {
  let value: unknown;
  try {
    value = parseToml(text);
  } catch (cause) {
    throw new ClefError('config-invalid', 'the list of servers is no TOML', { cause });
  }
  const parsed = v.safeParse(fileSchema, value);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new ClefError(
      'config-invalid',
      `the list of servers: ${v.getDotPath(issue) ?? ''}: ${issue.message}`,
    );
  }
  const { server, edge, bigip } = parsed.output;
  return {
    ...(server && { membership: membershipIn(server) }),
    ...(edge && { edge }),
    ...(bigip && { bigip }),
  };
}

function membershipIn(listed: readonly v.InferOutput<typeof serverSchema>[]): Membership {
  const membership = membershipOf(
    listed.map(({ name, address, state }): ClusterServer => ({ name, ...address, state })),
  );
  const { servers } = membership;
  assertAlone(
    servers.map(({ name }) => name),
    'the name',
  );
  assertAlone(
    servers.map(({ host, port }) => `${host}:${port}`),
    'the address',
  );
  return membership;
}

/** `config-invalid` where it cannot be read either. */
async function readClusterFile(path: string): Promise<ClusterFile> {
  try {
    return parseClusterFile(await readFile(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof ClefError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new ClefError('config-invalid', `the list of servers cannot be read (${code})`);
  }
}

/** `config-invalid` where it lists nobody, too. */
export async function readServers(path: string): Promise<Membership> {
  const { membership } = await readClusterFile(path);
  if (membership) return membership;
  throw new ClefError('config-invalid', 'the list of servers has no [[server]]');
}

/** False where servers announce themselves. */
export async function listsServers(path: string): Promise<boolean> {
  return (await readClusterFile(path)).membership !== undefined;
}

/** `config-invalid` where it has none, too. */
export async function readEdge(path: string): Promise<EdgeSite> {
  const { edge } = await readClusterFile(path);
  if (edge) return edge;
  throw new ClefError('config-invalid', 'the file has no [edge] table; `clef edge nginx --help` shows one');
}

/** `config-invalid` where it has none, too. */
export async function readBigip(path: string): Promise<BigipTable> {
  const { bigip } = await readClusterFile(path);
  if (bigip) return bigip;
  throw new ClefError('config-invalid', 'the file has no [bigip] table; `clef edge as3 --help` shows one');
}

function parseAddress(text: string): Pick<ClusterServer, 'host' | 'port'> | undefined {
  const groups = HOST_AND_PORT.exec(text)?.groups;
  const host = groups?.ipv6 ?? groups?.host;
  const port = Number(groups?.port);
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

function assertAlone(values: readonly string[], what: string): void {
  const twice = values.find((value, at) => values.indexOf(value) !== at);
  if (twice !== undefined)
    throw new ClefError('config-invalid', `the list of servers has ${what} ${twice} twice`);
}
