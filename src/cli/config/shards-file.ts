import { readFile } from 'node:fs/promises';
import { parse as parseToml } from 'smol-toml';
import * as v from 'valibot';
import { ClefError } from '../../core/index.ts';
import { type CatalogPlace, parseCatalog } from './catalog-address.ts';

/** The servers of a sharded catalogue, as the file lists them. */
export interface ShardsFile {
  readonly nodes: readonly {
    readonly name: string;
    readonly primary: CatalogPlace;
    readonly replica?: CatalogPlace;
  }[];
  readonly spiders: readonly { readonly name: string; readonly address: CatalogPlace }[];
  /** A file with the user and password of Clef itself. */
  readonly clientKeyFile: string;
}

const MOST_SERVERS = 64;

const name = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9-]{0,19}$/, 'a name has small letters, digits and dashes'),
);
const address = v.pipe(
  v.string(),
  v.transform(parseCatalog),
  v.check(
    (place) => place?.others.length === 0,
    'an address is mysql://HOST[:PORT]/DATABASE?key=FILE[&ca=FILE][&tls=off]',
  ),
  v.transform((place) => place as CatalogPlace),
);
const fileSchema = v.strictObject({
  client: v.strictObject({ key: v.string() }),
  node: v.pipe(
    v.array(v.strictObject({ name, primary: address, replica: v.optional(address) })),
    v.minLength(1),
    v.maxLength(MOST_SERVERS),
  ),
  spider: v.pipe(v.array(v.strictObject({ name, address })), v.minLength(1), v.maxLength(MOST_SERVERS)),
});

/** `config-invalid` says what is wrong with it, and repeats nothing of it but names. */
export function parseShardsFile(text: string): ShardsFile {
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
  const { client, node: nodes, spider: spiders } = parsed.output;
  const places = [
    ...nodes.flatMap(({ primary, replica }) => (replica ? [primary, replica] : [primary])),
    ...spiders.map((spider) => spider.address),
  ];
  assertAlone(
    [...nodes, ...spiders].map((server) => server.name),
    'the name',
  );
  assertAlone(
    places.map(({ host, port }) => `${host}:${port}`),
    'the server',
  );
  assertAlone(
    nodes.map(({ primary }) => primary.host),
    'the host',
    ' of two data nodes, which Spider would take for one',
  );
  if (new Set(places.map(({ database }) => database)).size > 1)
    throw new ClefError('config-invalid', 'the list of servers: the database has one name on all of them');
  return {
    nodes: nodes.map(({ replica, ...node }) => ({ ...node, ...(replica && { replica }) })),
    spiders,
    clientKeyFile: client.key,
  };
}

export async function readShardsFile(path: string): Promise<ShardsFile> {
  try {
    return parseShardsFile(await readFile(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof ClefError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new ClefError('config-invalid', `the list of servers cannot be read (${code})`);
  }
}

function assertAlone(values: readonly string[], what: string, more = ' twice'): void {
  const twice = values.find((value, at) => values.indexOf(value) !== at);
  if (twice !== undefined)
    throw new ClefError('config-invalid', `the list of servers has ${what} ${twice}${more}`);
}
