import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AssetId, TrackId } from '../../../core/index.ts';
import type { CompanionKind, StoredAsset } from '../../port.ts';
import type { CatalogPosition, RebuildOptions } from '../../projection/index.ts';
import { closeBuilt, createBuildFile, ProjectionFile, removeFile } from '../../projection/sqlite/index.ts';
import type { PlayChange, PlayCompanion, PlayFile, PlayTrack } from '../port.ts';
import { PLAY_FILE } from './schema.ts';
import { PlayTables } from './tables.ts';

/** Written in one transaction of a rebuild: a few milliseconds. */
const BATCH_CHANGES = 500;

export interface PlayFileOptions {
  /** Of the file; it may be deleted at any time while no server runs. Nothing else may open it. */
  readonly path: string;
}

/** An absent, damaged or outdated file is an empty one without a position, never an error. */
export function openPlayFile(options: PlayFileOptions): PlayFile {
  return new SqlitePlayFile(options);
}

class SqlitePlayFile implements PlayFile {
  readonly #file: ProjectionFile<PlayTables>;

  constructor({ path }: PlayFileOptions) {
    this.#file = new ProjectionFile({
      path,
      format: PLAY_FILE,
      contentOf: (database) => new PlayTables(database),
      name: 'the play file',
    });
  }

  get damaged(): boolean {
    return this.#file.damaged;
  }

  track(id: TrackId): PlayTrack | undefined {
    return this.#file.read((tables) => tables.track(id));
  }

  asset(id: AssetId): StoredAsset | undefined {
    return this.#file.read((tables) => tables.asset(id));
  }

  companion(parentId: AssetId, kind: CompanionKind): PlayCompanion | undefined {
    return this.#file.read((tables) => tables.companion(parentId, kind));
  }

  position(): CatalogPosition | undefined {
    return this.#file.read((tables) => tables.position());
  }

  apply(changes: readonly PlayChange[], position: CatalogPosition): void {
    this.#file.write((tables) => tables.apply(changes, position));
  }

  settle(): Promise<void> {
    return this.#file.settle();
  }

  /** Its rows lie where they are found: there is nothing to tidy. */
  tidy(): boolean {
    return false;
  }

  rebuild(all: AsyncIterable<PlayChange>, options: RebuildOptions): Promise<void> {
    return this.#file.rebuild(options, (path, building) => buildFile(path, all, building));
  }

  onDamage(listener: () => void): () => void {
    return this.#file.onDamage(listener);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#file[Symbol.asyncDispose]();
  }
}

/** Fills a new, closed and durable file at `path`. Leaves nothing there where it fails. */
async function buildFile(
  path: string,
  all: AsyncIterable<PlayChange>,
  { position, onProgress, signal }: RebuildOptions,
): Promise<void> {
  const database = createBuildFile(path, PLAY_FILE);
  try {
    const tables = new PlayTables(database);
    let changes: PlayChange[] = [];
    let count = 0;
    for await (const change of all) {
      signal?.throwIfAborted();
      changes.push(change);
      if (changes.length < BATCH_CHANGES) continue;
      tables.apply(changes);
      onProgress?.((count += changes.length));
      changes = [];
      await nextTurn();
    }
    tables.apply(changes, position);
    onProgress?.(count + changes.length);
    signal?.throwIfAborted();
    closeBuilt(database, path);
  } catch (error) {
    if (database.isOpen) database.close();
    removeFile(path);
    throw error;
  }
}
