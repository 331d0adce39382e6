import { unreachable } from '../../src/core/index.ts';
import { columnRegions, FOOTER_BYTES, parseColumnObjectName, parseFooter } from '../../src/vault/index.ts';
import type { StorageNode } from '../../src/vault/nodes/port.ts';
import { once } from '../../src/vault/ensure-object.ts';

/** What disks, people and hostile hosts do to an object; each leaves the others as they are. */
export const FAULT_KINDS = [
  'bit flipped',
  'cut short',
  'gone',
  'emptied',
  'bytes of another asset',
  'another column of its asset',
  'hash table changed',
  'footer overwritten',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A column where it lies. */
export interface PlacedColumn {
  readonly node: StorageNode;
  readonly name: string;
  readonly assetId: string;
  readonly column: number;
}

/** All columns of a library on these nodes. */
export async function placedColumns(
  nodes: readonly StorageNode[],
  libraryId: string,
): Promise<PlacedColumn[]> {
  const found: PlacedColumn[] = [];
  for (const node of nodes) {
    for await (const { name } of node.list(`${libraryId}/`)) {
      const parsed = parseColumnObjectName(name);
      if (parsed) found.push({ node, name, assetId: parsed.assetId, column: parsed.column });
    }
  }
  return found;
}

/** Does it behind the vault's back. `others` are columns whose bytes may be put in this one's place. */
export async function plantFault(
  target: PlacedColumn,
  kind: FaultKind,
  others: readonly PlacedColumn[],
  random: () => number,
): Promise<void> {
  const { node, name } = target;
  if (kind === 'gone') return node.delete(name);
  const before = await bytesOf(target);
  const { version } = (await node.stat(name)) ?? { version: '' };
  const after = await changed(target, before, kind, others, random);
  await node.replace(name, version, once(after));
}

async function changed(
  target: PlacedColumn,
  before: Uint8Array,
  kind: Exclude<FaultKind, 'gone'>,
  others: readonly PlacedColumn[],
  random: () => number,
): Promise<Uint8Array> {
  const bytes = before.slice();
  switch (kind) {
    case 'bit flipped':
      return flipped(bytes, Math.floor(random() * Math.min(bytes.length, 65_536)));
    case 'cut short':
      return bytes.subarray(0, Math.floor(bytes.length * (0.1 + 0.8 * random())));
    case 'emptied':
      return new Uint8Array(0);
    case 'bytes of another asset':
      return bytesOf(
        chosen(
          others.filter(({ assetId }) => assetId !== target.assetId),
          random,
        ),
      );
    case 'another column of its asset':
      return bytesOf(
        chosen(
          others.filter(({ assetId, column }) => assetId === target.assetId && column !== target.column),
          random,
        ),
      );
    case 'hash table changed':
      return flipped(bytes, columnRegions(parseFooter(bytes.subarray(-FOOTER_BYTES))).tableOffsetBytes);
    case 'footer overwritten':
      return bytes.fill(0, bytes.length - 16);
    default:
      return unreachable(kind);
  }
}

async function bytesOf({ node, name }: PlacedColumn): Promise<Uint8Array> {
  const { lengthBytes } = (await node.stat(name)) ?? { lengthBytes: 0 };
  return node.read(name, 0, lengthBytes);
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}

function chosen<Item>(items: readonly Item[], random: () => number): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('there is nothing to choose from');
  return item;
}
