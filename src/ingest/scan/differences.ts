import type { SourceFile } from '../../catalog/index.ts';
import { ClefError } from '../../core/index.ts';
import { comparePathKeys, isDisplaced } from './path-key.ts';
import { isSameStamp } from './stamp.ts';
import type { ScanEvent, ScannedFile } from './walk.ts';

/** What a source is now against what the catalogue knows of it. */
export type Difference =
  | { readonly kind: 'new'; readonly file: ScannedFile }
  | { readonly kind: 'changed'; readonly file: ScannedFile; readonly known: SourceFile }
  /** As it was, and no longer missing. */
  | { readonly kind: 'back'; readonly file: ScannedFile; readonly known: SourceFile }
  | { readonly kind: 'same'; readonly file: ScannedFile; readonly known: SourceFile }
  | { readonly kind: 'vanished'; readonly known: SourceFile }
  | Exclude<ScanEvent, { readonly kind: 'file' }>;

/** True where the path, or a folder that it is in, could not be looked at: then nothing is known of it. */
function isHidden(pathKey: string, unreadable: ReadonlySet<string>): boolean {
  if (unreadable.size === 0) return false;
  if (unreadable.has(pathKey)) return true;
  for (let slash = pathKey.indexOf('/'); slash >= 0; slash = pathKey.indexOf('/', slash + 1)) {
    if (unreadable.has(pathKey.slice(0, slash))) return true;
  }
  return false;
}

function compare(file: ScannedFile, known: SourceFile): Difference {
  if (!isSameStamp(file.stamp, known)) return { kind: 'changed', file, known };
  return { kind: known.missingSinceMs === undefined ? 'same' : 'back', file, known };
}

/**
 * Joins two streams that are both in the order of their path keys, so that neither is held: a source of a
 * million files takes no more memory than one of ten.
 */
export async function* differences(
  scan: AsyncIterable<ScanEvent>,
  knownFiles: AsyncIterable<SourceFile>,
): AsyncGenerator<Difference> {
  const unreadable = new Set<string>();
  const known = knownFiles[Symbol.asyncIterator]();
  let row = await known.next();
  let lastKey: string | undefined;
  const nextRow = async (): Promise<void> => {
    row = await known.next();
  };
  const vanished = (file: SourceFile): Difference | undefined =>
    file.missingSinceMs === undefined && !isHidden(file.pathKey, unreadable)
      ? { kind: 'vanished', known: file }
      : undefined;
  try {
    for await (const event of scan) {
      if (event.kind !== 'file') {
        if (event.kind === 'unreadable') unreadable.add(event.pathKey);
        yield event;
        continue;
      }
      const { file } = event;
      while (row.done !== true && comparePathKeys(row.value.pathKey, file.pathKey) < 0) {
        if (lastKey !== undefined && comparePathKeys(row.value.pathKey, lastKey) < 0) {
          throw new ClefError('internal', 'the catalogue lists the files of a source out of order');
        }
        lastKey = row.value.pathKey;
        const lost = vanished(row.value);
        if (lost) yield lost;
        await nextRow();
      }
      if (row.done !== true && row.value.pathKey === file.pathKey) {
        yield compare(file, row.value);
        await nextRow();
      } else {
        yield { kind: 'new', file };
      }
    }
    for (; row.done !== true; await nextRow()) {
      const lost = vanished(row.value);
      if (lost) yield lost;
    }
  } finally {
    await known.return?.();
  }
}

/** Displaced rows never had a file where they are, so they are not lost. */
export function isLoss(difference: Difference): boolean {
  return difference.kind === 'vanished' && !isDisplaced(difference.known.pathKey);
}
