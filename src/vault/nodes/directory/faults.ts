import { ClefError, type ErrorCode } from '../../../core/index.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT']);
/** What a network file system or an unplugged disk answers when the other side is gone. */
const GONE = new Set([
  'ESTALE',
  'ENOTCONN',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENODEV',
  'ENXIO',
  'ETIMEDOUT',
  'ECONNRESET',
  'ECONNREFUSED',
]);

/** The `code` of a failed system call; undefined for every other error. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** True where a path does not lead to anything. */
export function isAbsent(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === 'ENOENT' || errno === 'ENOTDIR';
}

/**
 * A failed system call as the port's error, without its cause: Node's message names the user's path.
 * Anything else is passed through.
 */
export function asNodeFault(error: unknown, what: string): unknown {
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  const code = codeOf(errno);
  return new ClefError(
    code,
    code === 'node-full' ? `no space is left: ${what} failed with ${errno}` : `${what} failed with ${errno}`,
  );
}

function codeOf(errno: string): ErrorCode {
  if (FULL.has(errno)) return 'node-full';
  if (GONE.has(errno)) return 'node-offline';
  return 'node-io';
}
