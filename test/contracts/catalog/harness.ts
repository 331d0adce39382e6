import { afterEach, beforeEach } from 'vitest';
import type {
  CatalogAnnotations,
  CatalogImporter,
  CatalogMaintenance,
  CatalogReader,
  ChangeStream,
  MusicSource,
} from '../../../src/catalog/index.ts';
import type { LibraryId, TrackId, UserId } from '../../../src/core/index.ts';
import { seededRandom } from '../../support/random.ts';
import { importedTrack, labelId, type TrackChanges } from '../../support/catalog-tracks.ts';

export type CatalogUnderTest = CatalogReader &
  CatalogAnnotations &
  CatalogImporter &
  CatalogMaintenance &
  ChangeStream;

/** One catalogue under test and what only its adapter knows how to do to it. */
export interface CatalogHarness extends AsyncDisposable {
  readonly catalog: CatalogUnderTest;
  addUser(name: string): Promise<UserId>;
  /** Another, empty, of the same kind. */
  another(): Promise<CatalogUnderTest>;
}

export interface HarnessOptions {
  readonly now: () => number;
  readonly random: () => number;
}

export type CatalogFactory = (options: HarnessOptions) => Promise<CatalogHarness>;

/** A catalogue with one library and one source, made anew for each test. */
export class Stage {
  harness!: CatalogHarness; // set before each test
  source!: MusicSource; // set before each test
  nowMs = 0;

  get catalog(): CatalogUnderTest {
    return this.harness.catalog;
  }

  get libraryId(): LibraryId {
    return this.source.libraryId;
  }

  add(path: string, changes: TrackChanges = {}): Promise<TrackId> {
    return this.catalog.importTrack(importedTrack(this.source, path, changes));
  }

  async otherLibrary(): Promise<MusicSource> {
    const id = labelId<LibraryId>('other library');
    await this.catalog.ensureLibrary(id, 'Other');
    return this.catalog.ensureSource(id, '/other');
  }
}

export const NOBODY = 1 as UserId;

export function stage(factory: CatalogFactory): Stage {
  const current = new Stage();
  beforeEach(async () => {
    current.nowMs = 10_000;
    current.harness = await factory({ now: () => current.nowMs, random: seededRandom(7) });
    const libraryId = labelId<LibraryId>('library');
    await current.catalog.ensureLibrary(libraryId, 'Music');
    current.source = await current.catalog.ensureSource(libraryId, '/music');
  });
  afterEach(async () => {
    await current.harness[Symbol.asyncDispose]();
  });
  return current;
}
