import { bucketOf, type TrackId } from '../../core/index.ts';
import type { CatalogReader, FolderView } from '../port.ts';
import { type Executor, prepared } from './prepared.ts';

/** What one answer holds; a folder of more is shown in part. */
const MAX_FOLDER_ENTRIES = 10_000;
const ROWS_AT_ONCE = 64;
/** After every path. */
const END = '\u{10ffff}';
/** The character after `/`: from here on paths are no longer below the folder. */
const AFTER_SLASH = '0';
/** Rows whose file was displaced are no paths; see SourceFile in port.ts. */
const DISPLACED = '%~';
const AFTER_DISPLACED = '%\u{7f}';

interface Range {
  readonly vb: number;
  readonly source_id: number;
  readonly from: string;
  readonly end: string;
  readonly limit: number;
}

const filesFrom = prepared<Range, { path_key: string; track_id: number }>((db, param) =>
  db
    .selectFrom('source_file')
    .select(['path_key', 'track_id'])
    .where('vb', '=', param('vb'))
    .where('source_id', '=', param('source_id'))
    .where('path_key', '>=', param('from'))
    .where('path_key', '<', param('end'))
    .where('gone', '=', 0)
    .orderBy('path_key')
    .limit(param('limit')),
);

/**
 * Folders are not stored: they are read off the ordered paths, skipping over everything in a folder as soon as its
 * name is known. The cost is that of what is listed, not of what lies below.
 */
export function folderReader(from: Executor): Pick<CatalogReader, 'folder'> {
  async function read(sourceId: number, path: string): Promise<FolderView> {
    const prefix = path === '' ? '' : `${path}/`;
    const end = path === '' ? END : `${path}${AFTER_SLASH}`;
    const range = { vb: bucketOf(sourceId), source_id: sourceId, end, limit: ROWS_AT_ONCE };
    const folders: string[] = [];
    const trackIds: TrackId[] = [];
    let next: string | undefined = prefix;
    while (next !== undefined && folders.length + trackIds.length < MAX_FOLDER_ENTRIES) {
      const rows: readonly { path_key: string; track_id: number }[] = await from.all(filesFrom, {
        ...range,
        from: next,
      });
      next = undefined;
      for (const { path_key, track_id } of rows) {
        // The smallest string after this one.
        next = `${path_key}\0`;
        if (path_key.startsWith(DISPLACED)) {
          next = AFTER_DISPLACED;
          break;
        }
        const slash = path_key.indexOf('/', prefix.length);
        if (slash < 0) {
          trackIds.push(track_id as TrackId);
          continue;
        }
        folders.push(path_key.slice(prefix.length, slash));
        next = `${path_key.slice(0, slash)}${AFTER_SLASH}`;
        break;
      }
    }
    return { folders, trackIds };
  }

  return {
    async folder(sourceId, path) {
      if (path.startsWith(DISPLACED)) return undefined;
      const found = await read(sourceId, path);
      const isEmpty = found.folders.length + found.trackIds.length === 0;
      return isEmpty && path !== '' ? undefined : found;
    },
  };
}
