import type { SmbSpace, SmbStat } from '../calls.ts';

/** Of `struct stat` and `struct statvfs`, where the library was built for this machine. */
export const STAT_BYTES = 256;

/** Byte offset of `st_mode` in glibc's `struct stat`; the other fields that are read lie alike on both. */
const modeOffsets: Readonly<Record<string, number>> = { 'linux-x64': 24, 'linux-arm64': 16 };
const FILE_ID_AT = 8;
const SIZE_AT = 48;
const MODIFIED_S_AT = 88;
const MODIFIED_NS_AT = 96;
const FILE_TYPE = 0o170_000;
const FOLDER = 0o040_000;

const modeOffset = modeOffsets[`${process.platform}-${process.arch}`];

/** False where nobody knows how the library lays out what it answers. */
export const isKnownMachine = modeOffset !== undefined;

export function readStat(bytes: Uint8Array): SmbStat {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const modifiedNs =
    view.getBigInt64(MODIFIED_S_AT, true) * 1_000_000_000n + view.getBigInt64(MODIFIED_NS_AT, true);
  return {
    isFolder: (view.getUint32(modeOffset ?? 0, true) & FILE_TYPE) === FOLDER,
    lengthBytes: Number(view.getBigInt64(SIZE_AT, true)),
    modifiedAtNs: String(modifiedNs),
    fileId: String(view.getBigUint64(FILE_ID_AT, true)),
  };
}

/**
 * The library gives bytes a sector as `f_bsize` and sectors a unit as `f_frsize`, then units: not what statvfs(3) says.
 * Names a DFS namespace by a bit of `f_flag` (SMBC_VFS_FEATURE_DFS).
 */
export function readSpace(bytes: Uint8Array): SmbSpace & { readonly isNamespace: boolean } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const field = (index: number) => Number(view.getBigUint64(index * 8, true));
  const unitBytes = field(0) * field(1);
  return {
    totalBytes: field(2) * unitBytes,
    freeBytes: field(4) * unitBytes,
    isNamespace: (field(FLAGS) & NAMESPACE) !== 0,
  };
}

const FLAGS = 9;
const NAMESPACE = 1 << 28;
