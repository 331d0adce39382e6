import { statfs } from 'node:fs/promises';

/** What matters of a kind of file system. */
export interface FileSystem {
  readonly name: string;
  /** Another machine may change its files, and no kernel of this one hears of it. */
  readonly isShared: boolean;
  /** Inode numbers may change from mount to mount. */
  readonly inodesPass: boolean;
}

/** By statfs(2) type; what is not here is a disk of this machine. */
const FILE_SYSTEMS: ReadonlyMap<number, FileSystem> = new Map([
  [0xff53_4d42, { name: 'CIFS', isShared: true, inodesPass: true }],
  [0xfe53_4d42, { name: 'SMB', isShared: true, inodesPass: true }],
  [0x517b, { name: 'SMB', isShared: true, inodesPass: true }],
  [0x6969, { name: 'NFS', isShared: true, inodesPass: false }],
  // What lies behind FUSE (sshfs, rclone, mergerfs, NTFS) does not show: it may be another machine.
  [0x6573_5546, { name: 'FUSE', isShared: true, inodesPass: true }],
  [0x0102_1997, { name: '9p', isShared: true, inodesPass: true }],
  [0x00c3_6400, { name: 'Ceph', isShared: true, inodesPass: false }],
  [0x5346_414f, { name: 'AFS', isShared: true, inodesPass: false }],
  [0x7375_7245, { name: 'Coda', isShared: true, inodesPass: false }],
  [0x0bd0_0bd0, { name: 'Lustre', isShared: true, inodesPass: false }],
  [0x0116_1970, { name: 'GFS2', isShared: true, inodesPass: false }],
  [0x7461_636f, { name: 'OCFS2', isShared: true, inodesPass: false }],
  [0x786f_4256, { name: 'VirtualBox folder', isShared: true, inodesPass: true }],
  [0xbacb_acbc, { name: 'VMware folder', isShared: true, inodesPass: true }],
  [0x4d44, { name: 'FAT', isShared: false, inodesPass: true }],
  [0x2011_bab0, { name: 'exFAT', isShared: false, inodesPass: true }],
]);

/** Undefined for a file system that is nothing special. */
export function fileSystemOf(statfsType: number): FileSystem | undefined {
  // Where a long has 32 bits the type may come with its sign.
  return FILE_SYSTEMS.get(statfsType >>> 0);
}

/** The type of the file system that a path is on, as statfs(2) gives it. */
export type FileSystemType = (path: string | Buffer) => Promise<number>;

export const systemFileSystemType: FileSystemType = async (path) => (await statfs(path)).type;
