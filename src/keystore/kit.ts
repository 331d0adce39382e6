import type { LibraryId, NodeId } from '../core/index.ts';

/** A storage node, as a person finds it again. */
export interface KitNode {
  readonly id: NodeId;
  /** A folder, a share, a bucket. */
  readonly place: string;
}

/** What the kit says in the clear; none of it opens anything. */
export interface KitDescription {
  readonly libraryId: LibraryId;
  readonly createdAtMs: number;
  /** RFC 7638 thumbprint of the root key: what everything in the library is checked against. */
  readonly rootFingerprint: string;
  readonly recoveryThumbprint: string;
  readonly nodes: readonly KitNode[];
}

/** The kit as it lies in its folder: a description and two keys under one passphrase. */
export interface RecoveryKit extends KitDescription {
  readonly recoveryKeyPem: string;
  readonly rootKeyPem: string;
}
