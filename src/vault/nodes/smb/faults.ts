import { ClefError } from '../../../core/index.ts';
import { SmbFault } from '../../../smb/index.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT']);

export const LIBRARY_MISSING =
  "a share needs Samba's client library on Linux: install the package libsmbclient (Debian 12, Ubuntu 22.04, Fedora) or libsmbclient0 (newer Debian and Ubuntu)";

/** A fault of a share as the port's error. Anything else is passed through. */
export function asNodeFault(error: unknown, what: string): unknown {
  if (!(error instanceof SmbFault)) return error;
  const { kind, errno } = error;
  switch (kind) {
    case 'away':
      return new ClefError(
        'node-offline',
        `a share cannot be reached: ${what}${errno === undefined ? '' : ` failed with ${errno}`}`,
      );
    case 'silent':
      return new ClefError('node-offline', `a share does not answer: ${what}`);
    case 'refused':
      return new ClefError('node-offline', `a share refuses its user or password (${errno})`);
    case 'no-share':
      return new ClefError(
        'node-offline',
        `a share is not there: its server has none of this name (${errno})`,
      );
    case 'namespace':
      return new ClefError(
        'node-offline',
        'a share is a DFS namespace, which leads to other servers: name the server and the share behind it',
      );
    case 'unencrypted':
      return new ClefError('node-offline', 'a share must be encrypted, and its server does not encrypt');
    case 'no-library':
      return new ClefError('program-missing', LIBRARY_MISSING);
    case 'call':
      return FULL.has(errno ?? '')
        ? new ClefError('node-full', `no space is left: ${what} failed with ${errno}`)
        : new ClefError('node-io', `${what} failed with ${errno}`);
    default:
      kind satisfies never;
      return error;
  }
}
