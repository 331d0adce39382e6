import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { ClefError, isClefError, type NodeId, randomId } from '../../core/index.ts';
import type { SmbCredentials } from '../../smb/index.ts';
import { nameOfShare } from '../config/share-address.ts';
import type { NodeEntry } from '../config/settings.ts';
import { readKeyFile } from './key-file.ts';
import type { NodePlace } from './node-place.ts';

export async function sharePlace(entry: Extract<NodeEntry, { kind: 'smb' }>): Promise<NodePlace> {
  const { address, path, keyFile, failureDomain } = entry;
  const credentials = await readShareKey(keyFile);
  const { assertReachesShares, initSmbNode, openSmbNode } = await import('../../vault/nodes/smb.ts');
  // A node that cannot be opened is away for now; this one would stay so.
  await assertReachesShares({ address, path, credentials });
  return {
    name: nameOfShare(entry),
    spec: { kind: 'smb', address, path, credentials },
    failureDomain,
    async find() {
      try {
        await using node = await openSmbNode({ address, path, credentials });
        return { id: node.id, library: node.library };
      } catch (error) {
        if (isClefError(error, 'node-offline')) return undefined;
        throw error;
      }
    },
    async become(library) {
      const nodeId = randomId<NodeId>(randomBytes);
      try {
        await initSmbNode({ address, path, credentials }, { nodeId, library });
      } catch (cause) {
        if (!(cause instanceof ClefError)) throw cause;
        throw new ClefError('config-invalid', `CLEF_NODES: a share cannot become a node: ${cause.message}`, {
          cause,
        });
      }
      return nodeId;
    },
    domainOf: async () => `smb:${address.host}`,
  };
}

/** As long as the library's own fields are. */
const text = v.pipe(v.string(), v.minLength(1), v.maxBytes(255));

const keySchema = v.object({ user: text, password: text, domain: v.optional(text) });

/** User and password of a share. `config-invalid` where the file does not hold them. */
export async function readShareKey(file: string, by?: string): Promise<SmbCredentials> {
  const { user, password, domain } = await readKeyFile(file, {
    of: 'a share',
    ...(by !== undefined && { by }),
    schema: keySchema,
    lines: 'user = "…" and password = "…"',
  });
  return { user, password, ...(domain !== undefined && { domain }) };
}
