import type { LibraryId, NodeId } from '../../core/index.ts';
import type { SmbAddress, SmbCredentials } from '../../smb/index.ts';
import type { S3Address, S3Credentials } from '../../vault/nodes/s3.ts';

/** All that is needed to open a node; a process tells it to another over IPC. */
export type NodeSpec =
  | { readonly kind: 'directory'; readonly root: string }
  | { readonly kind: 's3'; readonly address: S3Address; readonly credentials: S3Credentials }
  | {
      readonly kind: 'smb';
      readonly address: SmbAddress;
      readonly path: string;
      readonly credentials: SmbCredentials;
    };

export interface FoundNode {
  readonly id: NodeId;
  readonly library: LibraryId | undefined;
}

/** A place where a storage node is, or may come to be. */
export interface NodePlace {
  /** As `nodes.json` and the recovery kit name it: a folder's path, or the address of a share or bucket. Never a secret. */
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
