import { randomBytes } from 'node:crypto';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ClefError, type NodeId, unreachable } from '../../core/index.ts';
import { initDirectoryNode, isFreeForNode, openDirectoryNode } from '../../vault/nodes/directory.ts';
import { capBandwidth } from '../../vault/nodes/cap.ts';
import { MARKER_NAME } from '../../vault/nodes/names.ts';
import { retryReads } from '../../vault/nodes/retry.ts';
import type { StorageNode } from '../../vault/index.ts';
import { nameOfShare } from '../config/share-address.ts';
import type { NodeEntry } from '../config/settings.ts';
import { bucketPlace, nameOfBucket } from './bucket-place.ts';
import type { NodePlace, NodeSpec } from './node-place.ts';

export async function placeOf(entry: NodeEntry): Promise<NodePlace> {
  const place = await placeOfKind(entry);
  return { ...place, spec: { ...place.spec, bytesPerSecond: entry.bytesPerSecond } };
}

async function placeOfKind(entry: NodeEntry): Promise<NodePlace> {
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
      return nameOfBucket(entry.address);
    case 'smb':
      return nameOfShare(entry);
    default:
      return unreachable(entry);
  }
}

export async function openNode(spec: NodeSpec, known: ExpectedNode): Promise<StorageNode> {
  const node = await openKind(spec, known);
  const { bytesPerSecond } = spec;
  return bytesPerSecond === undefined
    ? node
    : capBandwidth(node, { bytesPerSecond, now: () => performance.now() });
}

interface ExpectedNode {
  readonly expectedId: NodeId;
  readonly failureDomain: string;
}

/** Loaded where it is used: most servers keep their music on disks. */
async function openKind(spec: NodeSpec, known: ExpectedNode): Promise<StorageNode> {
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
      return retryReads(await openSmbNode({ address, path, credentials, ...known }), RETRIES);
    }
    default:
      return unreachable(spec);
  }
}

/** A session that a file server ended is opened anew by the next call. */
const RETRIES = { tries: 3, firstWaitMs: 50, random: Math.random };

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
