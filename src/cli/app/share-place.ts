import * as v from 'valibot';
import type { SmbCredentials } from '../../smb/index.ts';
import { nameOfShare } from '../config/share-address.ts';
import type { NodeEntry } from '../config/settings.ts';
import { farPlace } from './far-place.ts';
import { readKeyFile } from './key-file.ts';
import type { NodePlace } from './node-place.ts';

export async function sharePlace(entry: Extract<NodeEntry, { kind: 'smb' }>): Promise<NodePlace> {
  const { address, path, keyFile, failureDomain } = entry;
  const credentials = await readShareKey(keyFile);
  const { assertReachesShares, initSmbNode, openSmbNode } = await import('../../vault/nodes/smb.ts');
  // A node that cannot be opened is away for now; this one would stay so.
  await assertReachesShares({ address, path, credentials });
  return farPlace({
    kind: 'a share',
    name: nameOfShare(entry),
    spec: { kind: 'smb', address, path, credentials },
    failureDomain,
    host: `smb:${address.host}`,
    open: () => openSmbNode({ address, path, credentials }),
    init: (marker) => initSmbNode({ address, path, credentials }, marker),
  });
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
