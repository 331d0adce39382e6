import { readFile } from 'node:fs/promises';
import { parse as parseToml } from 'smol-toml';
import * as v from 'valibot';
import { ClefError } from '../../core/index.ts';
import type { ClusterServer, Membership } from '../../edge/index.ts';
import { type BigipTable, bigipSchema } from './bigip-table.ts';

/** A cluster as its file describes it. */
export interface ClusterFile {
  readonly membership: Membership;
  readonly bigip?: BigipTable;
}

const MOST_SERVERS = 64;
const HOST_AND_PORT = /^(?:\[(?<ipv6>[0-9a-f:.]+)\]|(?<host>[a-z0-9][a-z0-9.-]*)):(?<port>\d{1,5})$/i;

const serverSchema = v.strictObject({
  name: v.pipe(
    v.string(),
    v.regex(/^[a-z0-9][a-z0-9-]{0,19}$/, 'a name has small letters, digits and dashes'),
  ),
  address: v.pipe(
    v.string(),
    v.check((text) => parseAddress(text) !== undefined, 'an address is HOST:PORT, or [IPV6]:PORT'),
    v.transform((text) => parseAddress(text) as Pick<ClusterServer, 'host' | 'port'>),
  ),
  state: v.optional(v.picklist(['ready', 'draining']), 'ready'),
});
const fileSchema = v.strictObject({
  server: v.pipe(v.array(serverSchema), v.minLength(1), v.maxLength(MOST_SERVERS)),
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
  const servers = parsed.output.server
    .map(({ name, address, state }): ClusterServer => ({ name, ...address, state }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
  assertAlone(
    servers.map(({ name }) => name),
    'the name',
  );
  assertAlone(
    servers.map(({ host, port }) => `${host}:${port}`),
    'the address',
  );
  const { bigip } = parsed.output;
  return { membership: { servers }, ...(bigip && { bigip }) };
}

/** `config-invalid` where it cannot be read either. */
export async function readClusterFile(path: string): Promise<ClusterFile> {
  try {
    return parseClusterFile(await readFile(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof ClefError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new ClefError('config-invalid', `the list of servers cannot be read (${code})`);
  }
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
