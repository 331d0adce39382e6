import { randomBytes } from 'node:crypto';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as v from 'valibot';
import { ClefError, isClefError, type NodeId, randomId, unreachable } from '../../core/index.ts';
import { initDirectoryNode, isFreeForNode, openDirectoryNode } from '../../vault/nodes/directory.ts';
import { MARKER_NAME } from '../../vault/nodes/names.ts';
import type { StorageNode } from '../../vault/index.ts';
import type { S3Address, S3Credentials } from '../../vault/nodes/s3.ts';
import { nameOfShare } from '../config/share-address.ts';
import type { NodeEntry } from '../config/settings.ts';
import { readKeyFile } from './key-file.ts';
import type { NodePlace, NodeSpec } from './node-place.ts';

export async function placeOf(entry: NodeEntry): Promise<NodePlace> {
  switch (entry.kind) {
    case 'directory':
      return folderPlace(entry);
    case 's3':
      return bucketPlace(entry);
    case 'smb': {
      const { sharePlace } = await import('./share-place.ts');
      return sharePlace(entry);
    }
    default:
      return unreachable(entry);
  }
}

/** Of an entry, without looking at what is there. */
export function nameOf(entry: NodeEntry): string {
  switch (entry.kind) {
    case 'directory':
      return resolve(entry.path);
    case 's3':
      return bucketName(entry.address);
    case 'smb':
      return nameOfShare(entry);
    default:
      return unreachable(entry);
  }
}

export async function openNode(
  spec: NodeSpec,
  known: { readonly expectedId: NodeId; readonly failureDomain: string },
): Promise<StorageNode> {
  // Loaded where it is used: most servers keep their music on disks.
  switch (spec.kind) {
    case 'directory':
      return openDirectoryNode({ root: spec.root, ...known });
    case 's3': {
      const { openS3Node } = await import('../../vault/nodes/s3.ts');
      return openS3Node({ address: spec.address, credentials: spec.credentials, ...known });
    }
    case 'smb': {
      const { openSmbNode } = await import('../../vault/nodes/smb.ts');
      const { address, path, credentials } = spec;
      return openSmbNode({ address, path, credentials, ...known });
    }
    default:
      return unreachable(spec);
  }
}

function folderPlace({ path, failureDomain }: Extract<NodeEntry, { kind: 'directory' }>): NodePlace {
  const root = resolve(path);
  return {
    name: root,
    spec: { kind: 'directory', root },
    failureDomain,
    async find() {
      const names: readonly string[] = await readdir(root).catch(() => []);
      if (!names.includes(MARKER_NAME)) return undefined;
      await using node = await openDirectoryNode({ root });
      return { id: node.id, library: node.library };
    },
    async become(library) {
      await mkdir(root, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
        throw new ClefError(
          'config-invalid',
          'CLEF_NODES: a folder cannot be made; does its disk exist, and may Clef write there?',
          { cause },
        );
      });
      if (!isFreeForNode(await readdir(root))) {
        throw new ClefError(
          'config-invalid',
          `CLEF_NODES: a folder is not empty and has no ${MARKER_NAME}; name an empty one`,
        );
      }
      return initDirectoryNode({ root, random: randomBytes, library });
    },
    async domainOf(id) {
      try {
        return `dev:${(await stat(root)).dev}`;
      } catch {
        // Away for now: it shares its fate with nobody that is here.
        return `away:${id}`;
      }
    },
  };
}

async function bucketPlace(entry: Extract<NodeEntry, { kind: 's3' }>): Promise<NodePlace> {
  const { address, keyFile, failureDomain } = entry;
  const credentials = await readCredentials(keyFile);
  const { initS3Node, openS3Node } = await import('../../vault/nodes/s3.ts');
  return {
    name: bucketName(address),
    spec: { kind: 's3', address, credentials },
    failureDomain,
    async find() {
      try {
        await using node = await openS3Node({ address, credentials });
        return { id: node.id, library: node.library };
      } catch (error) {
        if (isClefError(error, 'node-offline')) return undefined;
        throw error;
      }
    },
    async become(library) {
      const nodeId = randomId<NodeId>(randomBytes);
      try {
        await initS3Node({ address, credentials }, { nodeId, library });
      } catch (cause) {
        if (!(cause instanceof ClefError)) throw cause;
        throw new ClefError('config-invalid', `CLEF_NODES: a bucket cannot become a node: ${cause.message}`, {
          cause,
        });
      }
      return nodeId;
    },
    domainOf: async () => `s3:${new URL(address.endpoint).host}`,
  };
}

function bucketName({ endpoint, bucket, prefix }: S3Address): string {
  return `s3://${bucket}/${prefix}?endpoint=${endpoint}`;
}

const keySchema = v.object({
  access_key: v.pipe(v.string(), v.minLength(1)),
  secret_key: v.pipe(v.string(), v.minLength(1)),
  session_token: v.optional(v.pipe(v.string(), v.minLength(1))),
});

async function readCredentials(file: string): Promise<S3Credentials> {
  const { access_key, secret_key, session_token } = await readKeyFile(file, {
    of: 'a bucket',
    schema: keySchema,
    lines: 'access_key = "…" and secret_key = "…"',
  });
  return {
    accessKeyId: access_key,
    secretAccessKey: secret_key,
    ...(session_token !== undefined && { sessionToken: session_token }),
  };
}
