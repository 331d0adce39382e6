import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import * as v from 'valibot';
import { ClefError, isClefError, type LibraryId, type NodeId, randomId } from '../../core/index.ts';
import { initDirectoryNode, isFreeForNode, openDirectoryNode } from '../../vault/nodes/directory.ts';
import { MARKER_NAME } from '../../vault/nodes/names.ts';
import type { StorageNode } from '../../vault/nodes/port.ts';
import type { S3Address, S3Credentials } from '../../vault/nodes/s3.ts';
import type { NodeEntry } from '../config/settings.ts';

/** All that is needed to open a node; a process tells it to another over IPC. */
export type NodeSpec =
  | { readonly kind: 'directory'; readonly root: string }
  | { readonly kind: 's3'; readonly address: S3Address; readonly credentials: S3Credentials };

export interface FoundNode {
  readonly id: NodeId;
  readonly library: LibraryId | undefined;
}

/** A place where a storage node is, or may come to be. */
export interface NodePlace {
  /** As `nodes.json` and the recovery kit name it: a folder's path or a bucket's address. Never a secret. */
  readonly name: string;
  readonly spec: NodeSpec;
  /** What was said of it. */
  readonly failureDomain: string | undefined;
  /** Undefined where there is none, or nobody answers. */
  find(): Promise<FoundNode | undefined>;
  /** Makes an empty place a node; `config-invalid` where something else lies there or cannot be made. */
  become(library: LibraryId): Promise<NodeId>;
  /** What it is lost together with, where nothing was said of it. */
  domainOf(id: NodeId): Promise<string>;
}

export async function placeOf(entry: NodeEntry): Promise<NodePlace> {
  return entry.kind === 'directory' ? folderPlace(entry) : bucketPlace(entry);
}

/** Of an entry, without looking at what is there. */
export function nameOf(entry: NodeEntry): string {
  return entry.kind === 'directory' ? resolve(entry.path) : bucketName(entry.address);
}

export async function openNode(
  spec: NodeSpec,
  known: { readonly expectedId: NodeId; readonly failureDomain: string },
): Promise<StorageNode> {
  if (spec.kind === 'directory') return openDirectoryNode({ root: spec.root, ...known });
  // Loaded where it is used: most servers keep their music on disks.
  const { openS3Node } = await import('../../vault/nodes/s3.ts');
  return openS3Node({ address: spec.address, credentials: spec.credentials, ...known });
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
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ClefError('config-invalid', `CLEF_NODES: the key file of a bucket cannot be read (${code})`);
  }
  let value: unknown;
  try {
    value = parseToml(text);
  } catch {
    // The parser's own words would quote the secret.
  }
  const parsed = v.safeParse(keySchema, value);
  if (!parsed.success) {
    throw new ClefError(
      'config-invalid',
      'CLEF_NODES: the key file of a bucket wants two lines: access_key = "…" and secret_key = "…"',
    );
  }
  const { access_key, secret_key, session_token } = parsed.output;
  return {
    accessKeyId: access_key,
    secretAccessKey: secret_key,
    ...(session_token !== undefined && { sessionToken: session_token }),
  };
}
