import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { ObjectInfo } from '../port.ts';
import { isAbsent } from './faults.ts';

/** Of the entry itself, never of what a link points to; undefined where there is none. */
export async function lstatOrAbsent(path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/**
 * Time, size and inode: a rename brings another inode, a write in place another time. Two replaces within
 * one tick of the file system's clock still differ, since old and new exist side by side.
 */
export function versionOf(stats: BigIntStats): string {
  return [stats.mtimeNs, stats.size, stats.ino].map((part) => part.toString(36)).join('-');
}

export function describeFile(name: string, stats: BigIntStats): ObjectInfo {
  return {
    name,
    lengthBytes: Number(stats.size),
    version: versionOf(stats),
    modifiedAtMs: Number(stats.mtimeMs),
  };
}
