import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cephNode } from './ceph-node.ts';
import { FolderPart } from './folder-part.ts';
import type { ClusterLayout } from './layout.ts';
import type { Part } from './part.ts';
import { sambaNode } from './samba-part.ts';

/** As many as 4+2 wants. */
const NODES = 6;

export interface Storage {
  readonly parts: readonly Part[];
  /** For `CLEF_NODES`. */
  readonly nodes: string;
}

/** Six storage nodes: folders, a share, and a bucket where Ceph is installed. */
export async function storageParts(
  folder: string,
  layout: ClusterLayout,
  { hasCeph }: { readonly hasCeph: boolean },
): Promise<Storage> {
  const made = await Promise.all(
    Array.from({ length: NODES }, async (_, at) => {
      const name = `node-${at + 1}`;
      if (at === NODES - 2) return sambaNode(folder, layout, name);
      if (at === NODES - 1 && hasCeph) return cephNode(folder, layout, name);
      return folderNode(folder, name);
    }),
  );
  return {
    parts: made.map(({ part }) => part),
    nodes: made.map(({ address }) => address).join(','),
  };
}

async function folderNode(folder: string, name: string): Promise<{ part: Part; address: string }> {
  await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
  const path = join(folder, name, 'columns');
  return {
    part: new FolderPart({ name, serves: 'columns in a folder', path }),
    address: `${path}#domain=${name}`,
  };
}
