import { ClefError, isHexId } from '../../core/index.ts';
import type { NatsAddress } from '../../nats/index.ts';
import { readLibraryId } from '../data-folder.ts';
import type { Shell } from '../shell.ts';

/** Where the servers of a library say that they are there: by CLEF_NATS, and by `--library` or this machine's data folder. */
export async function clusterOf(
  { config, dataRoot }: Pick<Shell, 'config' | 'dataRoot'>,
  library: string | undefined,
): Promise<{ readonly address: NatsAddress; readonly libraryId: string }> {
  if (!config.nats) throw new ClefError('usage', 'other servers are reached through NATS: set CLEF_NATS');
  if (library !== undefined && !isHexId(library))
    throw new ClefError('usage', '--library takes the id that `clef status --json` prints on a server');
  const libraryId = library ?? (await readLibraryId(dataRoot));
  if (libraryId === undefined)
    throw new ClefError('usage', 'this machine has no data folder: name the library with --library');
  return { address: config.nats, libraryId };
}
