/**
 * What went wrong with a share:
 * - `away`: it cannot be reached, or the connection broke; `silent`: it does not answer in time
 * - `refused`: the user, the password, or the user's rights on the share
 * - `no-share`: the server has none of this name; `namespace`: it is one of DFS, which leads to other servers
 * - `unencrypted`: the server does not encrypt, and must
 * - `no-library`: Samba's client library is not installed, or does not run here
 * - `call`: the share answered one call with this errno
 */
export type SmbFaultKind =
  | 'away'
  | 'call'
  | 'namespace'
  | 'no-library'
  | 'no-share'
  | 'refused'
  | 'silent'
  | 'unencrypted';

/** An adapter makes its own error of it. Holds no path and no secret. */
export class SmbFault extends Error {
  readonly kind: SmbFaultKind;
  /** Of a `call`, and where known of the others. */
  readonly errno: string | undefined;

  constructor(kind: SmbFaultKind, errno?: string) {
    super(`a share failed: ${kind}${errno === undefined ? '' : ` (${errno})`}`);
    this.name = 'SmbFault';
    this.kind = kind;
    this.errno = errno;
  }
}

/** True where a call found nothing at its path. */
export function isAbsentOnShare(error: unknown): boolean {
  if (!(error instanceof SmbFault) || error.kind !== 'call') return false;
  return error.errno === 'ENOENT' || error.errno === 'ENOTDIR';
}
