import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { ClefError } from '../../core/index.ts';
import type { ServerCard } from '../../keystore/index.ts';
import { type DataFolder, writeDurably } from '../data-folder.ts';

/**
 * A server that was made a recipient here. Keyrings know keys alone: this says how people call them, and which two keys are
 * of one server.
 */
export interface KnownServer {
  readonly name: string;
  readonly serverId: string;
  /** Of its key that opens keyrings. */
  readonly thumbprint: string;
  /** Of its key that signs. */
  readonly kid: string;
}

const schema = v.array(
  v.object({ name: v.string(), serverId: v.string(), thumbprint: v.string(), kid: v.string() }),
);

/** `servers.json` of the data folder. */
export async function readKnownServers({
  serversFile,
}: Pick<DataFolder, 'serversFile'>): Promise<readonly KnownServer[]> {
  let text: string;
  try {
    text = await readFile(serversFile, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new ClefError('data-invalid', 'servers.json in the data folder cannot be read', { cause });
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
  if (parsed.success) return parsed.output;
  throw new ClefError(
    'data-invalid',
    'servers.json in the data folder is damaged; delete it: it holds the names of servers alone',
  );
}

/** In place of what was known of the same key. */
export async function rememberServer(
  data: Pick<DataFolder, 'serversFile'>,
  { name, serverId, recipient: { thumbprint }, kid }: ServerCard,
): Promise<void> {
  const others = (await readKnownServers(data)).filter((server) => server.thumbprint !== thumbprint);
  const servers: readonly KnownServer[] = [...others, { name, serverId, thumbprint, kid }];
  await writeDurably(data.serversFile, `${JSON.stringify(servers, null, 2)}\n`);
}
