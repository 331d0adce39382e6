import { randomBytes } from 'node:crypto';
import { toBase64Url } from '../../core/index.ts';
import type { HttpServer } from '../../http/index.ts';
import { VERSION } from '../version.ts';
import type { LockedApp } from './app.ts';
import type { Drain } from './drain.ts';

const ID_BYTES = 12;
/** Of a server's id, where it has no name: enough to tell those of a cluster apart. */
const NAME_FROM_ID = 8;

/** Has edges and other servers know that this one is there; undefined for a server by itself. */
export async function announceServer(
  { config, data, log }: LockedApp,
  { http, drain }: { readonly http: Pick<HttpServer, 'activity'>; readonly drain: Drain },
) {
  const { nats: address, clusterAddress } = config;
  if (!address || !clusterAddress) return undefined;
  const { libraryId, serverId } = data.identity;
  const name = config.serverName ?? `clef-${serverId.slice(0, NAME_FROM_ID)}`;
  // Loaded where it is used: most servers are alone.
  const { Announcement } = await import('../../edge/leases/index.ts');
  log.info({ server: name }, 'announced to edges');
  return new Announcement({
    address,
    libraryId,
    self: { name, ...clusterAddress, version: VERSION, processId: toBase64Url(randomBytes(ID_BYTES)) },
    doing: () => ({ state: drain.signal.aborted ? 'draining' : 'ready', ...http.activity() }),
    onDrainAsked: (withinMs) => drain.ask(withinMs),
    onNameTaken: () =>
      log.error(
        { server: name },
        'another server announces itself by this name: edges see one of them alone',
      ),
  });
}
