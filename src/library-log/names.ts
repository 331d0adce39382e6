import { type LibraryId, type ServerId, isHexId } from '../core/index.ts';

/** Where a segment lies on every node that holds it. */
export interface SegmentName {
  readonly serverId: ServerId;
  readonly seq: number;
  /** First 16 hexadecimal digits of the object's SHA-256: a chain that forked keeps both branches. */
  readonly hashPrefix: string;
}

export function logPrefix(libraryId: LibraryId, serverId?: ServerId): string {
  return serverId === undefined ? `${libraryId}/log/` : `${libraryId}/log/${serverId}/`;
}

/** `<library>/log/<server>/<seq, 12 hex digits>-<hash>.seg`: names sort in the order of the chain. */
export function segmentName(libraryId: LibraryId, { serverId, seq, hashPrefix }: SegmentName): string {
  return `${logPrefix(libraryId, serverId)}${seq.toString(16).padStart(12, '0')}-${hashPrefix}.seg`;
}

const NAME = /^[0-9a-f]{32}\/log\/([0-9a-f]{32})\/([0-9a-f]{12})-([0-9a-f]{16})\.seg$/;

/** Undefined for an object that is no segment. */
export function parseSegmentName(name: string): SegmentName | undefined {
  const match = NAME.exec(name);
  if (!match) return undefined;
  const [, serverId = '', seq = '', hashPrefix = ''] = match;
  return isHexId(serverId)
    ? { serverId: serverId as ServerId, seq: Number.parseInt(seq, 16), hashPrefix }
    : undefined;
}
