import { librariesAt } from '../../catalog/sql/index.ts';
import { ClefError, type LibraryId } from '../../core/index.ts';
import { joinLibraryKeys, loadLibraryKeys, readSeenKeys, writeSeenKeys } from '../../keystore/index.ts';
import { NodeSet, readStatements } from '../../vault/index.ts';
import type { CatalogPlace } from '../config/catalog-address.ts';
import { adoptIdentity, openDataFolder } from '../data-folder.ts';
import type { Shell } from '../shell.ts';
import { addressOf } from './catalog-database.ts';
import type { Invitation } from './invitation.ts';
import { findInvited, type JoinedNode } from './invited-nodes.ts';
import { findServerKey } from './keys.ts';
import { readNodeFile, writeNodeFile } from './node-file.ts';
import { openNode } from './node-places.ts';
import { entriesOf } from './nodes.ts';

export interface JoinReport {
  readonly libraryId: string;
  readonly rootFingerprint: string;
  readonly nodes: number;
  readonly nodesOffline: number;
}

/**
 * Takes up a library that is there, for a server that its keyrings were sealed to. Everything is looked at before the first
 * byte is written, and the folder is the library's once the keyrings are in it, which comes last: whatever breaks it off,
 * it is run again. In a folder that joined before, it takes what changed of nodes and policy.
 */
export async function join(shell: Shell, { pin, policy, nodes: invited }: Invitation): Promise<JoinReport> {
  const { config, now } = shell;
  const { libraryId, rootFingerprint } = pin;
  const { catalog } = config;
  if (!catalog)
    throw new ClefError(
      'config-invalid',
      'CLEF_CATALOG names no database: one that lies in a data folder is for one server; `clef catalog copy` moves it to MariaDB',
    );
  if (!config.nodes)
    throw new ClefError(
      'config-invalid',
      'CLEF_NODES has to name every node of the library, as it is reached from here',
    );
  await using stack = new AsyncDisposableStack();
  const data = stack.use(await openDataFolder({ root: shell.dataRoot, now }));
  const seen = await readSeenKeys(data.keyringSeenFile);
  if (seen && (seen.libraryId !== libraryId || seen.rootFingerprint !== rootFingerprint))
    throw new ClefError(
      'data-invalid',
      'the data folder holds another library; name an empty one with CLEF_DATA',
    );
  const server = await findServerKey({ config, data, terminal: shell.terminal });
  if (!server)
    throw new ClefError(
      'data-invalid',
      'this server has no key yet: give what `clef keys card` prints here to a server of the library, for `clef keys recipients add CARD --kit FOLDER`',
    );

  const { nodes: known } = await readNodeFile(data);
  const joined = await findInvited({ entries: entriesOf(config, data, known), invited, libraryId, known });
  const nodes = stack.use(await mountAll(joined, now));
  const fromNodes = await readStatements(nodes, libraryId, { signal: shell.signal });
  const keys = await (seen
    ? loadLibraryKeys(seen, fromNodes, server.identity)
    : joinLibraryKeys({ pin, fromNodes, server }));
  await assertCatalogue(catalog, libraryId);

  // A start that finds the library's id and no keyrings says so; with another id it would make a library over these nodes.
  await adoptIdentity(data, { libraryId, serverId: server.serverId });
  await writeNodeFile(data, { policy, nodes: joined.map(({ record }) => record) });
  await writeSeenKeys(data.keyringSeenFile, keys.seen);
  const used = joined.filter(({ record }) => record.use !== 'removed').length;
  return { libraryId, rootFingerprint, nodes: used, nodesOffline: used - nodes.reachable().length };
}

/** Without the registry, which would write down what it finds. */
async function mountAll(joined: readonly JoinedNode[], now: () => number): Promise<NodeSet> {
  const nodes = new NodeSet({ now });
  for (const { place, record } of joined) {
    if (!place || record.use === 'removed') continue;
    const failureDomain = place.failureDomain ?? record.domain ?? '';
    const open = () => openNode(place.spec, { expectedId: record.id, failureDomain });
    await nodes.mount({ id: record.id, failureDomain, weight: 0, open });
  }
  return nodes;
}

async function assertCatalogue(place: CatalogPlace, libraryId: LibraryId): Promise<void> {
  const libraries = await librariesAt(await addressOf(place, 'CLEF_CATALOG'));
  if (libraries.includes(libraryId)) return;
  throw new ClefError(
    'data-invalid',
    libraries.length === 0
      ? 'CLEF_CATALOG names a database without a catalogue; it has to be the one that the library’s other servers name'
      : 'CLEF_CATALOG names the catalogue of another library than the invitation’s',
  );
}
