import { ClefError } from '../../core/index.ts';

/** At the top of every node: who it is. Never an object. */
export const MARKER_NAME = 'clef-node.json';
/** A segment that starts so belongs to an upload that is not finished. */
export const TEMPORARY_PREFIX = '.tmp-';
export const MAX_NAME_CHARACTERS = 200;

const NAME = /^[a-z0-9._-]+(?:\/[a-z0-9._-]+)*$/;
const SEGMENT = /^[a-z0-9._-]+$/;
const RESERVED_SEGMENT = /(?:^|\/)(?:\.{1,2}(?:\/|$)|\.tmp-)/;
const PREFIX = /^(?:[a-z0-9._-]+\/)*[a-z0-9._-]*$/;
/** In a prefix the last segment may still be unfinished, so that `.` and `..` may become `.a` and `..a`. */
const RESERVED_IN_PREFIX = /(?:^|\/)(?:\.{1,2}\/|\.tmp-)/;

/** Throws `node-name-invalid` for anything but a name that Clef writes (see StorageNode). */
export function assertObjectName(name: string): void {
  if (
    name.length > MAX_NAME_CHARACTERS ||
    name === MARKER_NAME ||
    name.startsWith(`${MARKER_NAME}/`) ||
    !NAME.test(name) ||
    RESERVED_SEGMENT.test(name)
  ) {
    throw new ClefError('node-name-invalid', `not an object name: ${quoted(name)}`);
  }
}

/** Throws `node-name-invalid` for a prefix that no object name could start with. */
export function assertNamePrefix(prefix: string): void {
  if (prefix.length > MAX_NAME_CHARACTERS || !PREFIX.test(prefix) || RESERVED_IN_PREFIX.test(prefix)) {
    throw new ClefError('node-name-invalid', `no object name starts with ${quoted(prefix)}`);
  }
}

/** True for what may stand between two slashes of an object name. */
export function isNameSegment(segment: string): boolean {
  return SEGMENT.test(segment) && !RESERVED_SEGMENT.test(segment);
}

/** Throws `bad-request` unless both are whole numbers of bytes. */
export function assertReadRange(offsetBytes: number, lengthBytes: number): void {
  if (!isByteCount(offsetBytes) || !isByteCount(lengthBytes)) {
    throw new ClefError('bad-request', `cannot read ${lengthBytes} bytes from ${offsetBytes}`);
  }
}

function isByteCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

const MAX_QUOTED_CHARACTERS = 60;

function quoted(name: string): string {
  return JSON.stringify(
    name.length > MAX_QUOTED_CHARACTERS ? `${name.slice(0, MAX_QUOTED_CHARACTERS)}…` : name,
  );
}
