import { readdirSync, readlinkSync } from 'node:fs';
import type { SmbLibrary } from './library.ts';

/** The library's connection, as the system knows it. */
export interface Wire {
  /** False once the library made another one by itself, which was not looked at. */
  isSame(): boolean;
  receivedBytes(): bigint;
}

/** The one TCP connection of this process; undefined where there is none, or more than one. */
export function findWire(receivedBytes: (fd: number) => bigint | undefined): Wire | undefined {
  const found = readdirSync(FDS).flatMap((name) => {
    const fd = Number(name);
    const link = linkOf(fd);
    return link?.startsWith('socket:') && receivedBytes(fd) !== undefined ? [{ fd, link }] : [];
  });
  const [only] = found;
  if (!only || found.length > 1) return undefined;
  return {
    isSame: () => linkOf(only.fd) === only.link,
    receivedBytes: () => receivedBytes(only.fd) ?? 0n,
  };
}

/**
 * Whether the server encrypts, by the length of its answer. Libraries up to now say that they fail where a server cannot
 * encrypt, and go on in the clear (ADR 23): so they are not believed.
 */
export function isEncrypted(library: SmbLibrary, wire: Wire, absentUrl: string): boolean {
  for (let trial = 1; ; trial++) {
    const before = wire.receivedBytes();
    if (library.open(absentUrl, 0) !== null || library.errno() !== 'ENOENT') return false;
    const received = wire.receivedBytes() - before;
    if (received === ENCRYPTED_ERROR_BYTES) return true;
    // The first call may be preceded by an echo.
    if (trial === TRIALS) return false;
  }
}

const FDS = '/proc/self/fd';
const TRIALS = 2;
/** Length (4), header (64), ERROR response (9): MS-SMB2 2.1, 2.2.1.2, 2.2.2. */
const ERROR_BYTES = 77n;
/** SMB2 TRANSFORM_HEADER: MS-SMB2 2.2.41. */
const TRANSFORM_HEADER_BYTES = 52n;
const ENCRYPTED_ERROR_BYTES = ERROR_BYTES + TRANSFORM_HEADER_BYTES;

function linkOf(fd: number): string | undefined {
  try {
    return readlinkSync(`${FDS}/${fd}`);
  } catch {
    return undefined;
  }
}
