import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { createSqlCatalog, type SqlCatalog } from '../../src/catalog/sql/catalog.ts';
import type { Database } from '../../src/catalog/sql/index.ts';
import type { MusicSource, SourceFile, StoredAsset, TrackView } from '../../src/catalog/index.ts';
import {
  type AssetId,
  type ByteRange,
  type Bytes,
  concatBytes,
  type TrackId,
  type UserId,
  utf8,
} from '../../src/core/index.ts';
import { type EpochKey, generateKey, type TrackKey, unwrapTrackKey } from '../../src/crypto/index.ts';
import {
  Adoption,
  BeingSealed,
  type ImportOptions,
  type ImportReport,
  importSource,
  type MediaProbe,
  reseal,
  type ResealOptions,
  type ResealReport,
  type Seal,
  UploadImporter,
  type UploadImporterOptions,
} from '../../src/ingest/index.ts';
import { ByteReader } from '../../src/ingest/probe/byte-reader.ts';
import { readPacketTable } from '../../src/ingest/probe/packets/index.ts';
import { parseMedia } from '../../src/ingest/probe/parse-media.ts';
import { openLocalTree } from '../../src/ingest/sources/local.ts';
import {
  enumerateLayouts,
  inspectLayout,
  readFacts,
  releasePiece,
  type Vault,
} from '../../src/vault/index.ts';
import type { StorageNode } from '../../src/vault/nodes/port.ts';
import { openCatalogOfTests } from './catalog-place.ts';
import { createTestVault, memoryNodes, type TestVault } from './vault.ts';

export const NOBODY = 0 as UserId;

/** The probe without its process: quick to start, for tests that are not about hostile files. */
export function inlineProbe(): MediaProbe {
  return {
    probe: (media) =>
      parseMedia(new ByteReader(media.lengthBytes, (offset, length) => media.read(offset, length))),
    packetTable: (media) =>
      readPacketTable(new ByteReader(media.lengthBytes, (offset, length) => media.read(offset, length))),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** A path of the source, what lies there, and the track that it belongs to. */
export interface WorldFile {
  readonly row: SourceFile;
  readonly track: TrackView | undefined;
}

/** A music folder, a vault in memory and a catalogue, to import into as often as a test likes. */
export class ImportWorld implements AsyncDisposable {
  readonly base: string;
  readonly folder: string;
  readonly catalog: SqlCatalog;
  readonly vault: Vault;
  readonly source: MusicSource;
  readonly hashKey: Bytes = utf8('a key for hashes of thirty-two b');
  /** What was sealed, by kind. */
  readonly sealed = { original: 0, cover: 0, 'packet-table': 0, rendition: 0 };
  /** What imports and uploads tell one another. */
  readonly beingSealed = new BeingSealed();
  /** What was said to be no longer wanted. */
  readonly buried = new Set<AssetId>();
  /** Files that were probed. */
  probed = 0;
  /** Long after whatever a test writes, so that nothing counts as being written. */
  nowMs = Date.now() + 3_600_000;
  readonly #database: Database;
  readonly #vaultParts: Pick<TestVault, 'library' | 'set'>;
  readonly #epochs: EpochKey[];
  readonly #probe = inlineProbe();

  private constructor(parts: {
    base: string;
    database: Database;
    vaultParts: TestVault<StorageNode>;
    source: MusicSource;
    catalog: SqlCatalog;
    epochs: EpochKey[];
  }) {
    this.base = parts.base;
    this.folder = parts.source.root;
    this.catalog = parts.catalog;
    this.vault = parts.vaultParts.vault;
    this.#vaultParts = parts.vaultParts;
    this.source = parts.source;
    this.#database = parts.database;
    this.#epochs = parts.epochs;
  }

  /** The database becomes the world's. */
  static async create(
    nodes: readonly StorageNode[] = memoryNodes(1),
    database?: Database,
  ): Promise<ImportWorld> {
    const base = await mkdtemp(join(tmpdir(), 'clef-import-'));
    const folder = join(base, 'music');
    await mkdir(folder);
    const epochs = [{ epoch: 1, key: generateKey() }];
    const vaultParts = await createTestVault(nodes, {
      policy: { k: 1, m: 0 },
      currentEpoch: () => epochs.at(-1) ?? failed('a world has an epoch'),
    });
    const own = database ?? (await openCatalogOfTests());
    const catalog = createSqlCatalog(own);
    const { libraryId } = vaultParts.library;
    await catalog.ensureLibrary(libraryId, 'Music');
    const source = await catalog.ensureSource(libraryId, folder);
    return new ImportWorld({ base, database: own, vaultParts, source, catalog, epochs });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async put(name: string, bytes: Uint8Array | string): Promise<void> {
    await mkdir(dirname(this.path(name)), { recursive: true });
    await writeFile(this.path(name), bytes);
  }

  /** As editors do that never leave half a file: a new one takes the old one's place. */
  async exchange(name: string, bytes: Uint8Array): Promise<void> {
    const fresh = join(this.base, 'fresh');
    await writeFile(fresh, bytes);
    await rename(fresh, this.path(name));
  }

  /** A new file in the old one's place where there is one. */
  async exchangeOrPut(name: string, bytes: Uint8Array): Promise<void> {
    await mkdir(dirname(this.path(name)), { recursive: true });
    await this.exchange(name, bytes);
  }

  async move(from: string, to: string): Promise<void> {
    await mkdir(dirname(this.path(to)), { recursive: true });
    await rename(this.path(from), this.path(to));
  }

  async remove(name: string): Promise<void> {
    await rm(this.path(name), { recursive: true, force: true });
  }

  readonly seal: Seal = async (input) => {
    const sealed = await this.vault.write(input);
    this.sealed[input.kind] += 1;
    return sealed;
  };

  import({
    privateFolders = [],
    ...options
  }: Partial<ImportOptions> & { readonly privateFolders?: readonly string[] } = {}): Promise<ImportReport> {
    const probe: MediaProbe = {
      ...this.#probe,
      probe: (media, signal) => {
        this.probed += 1;
        return this.#probe.probe(media, signal);
      },
    };
    return importSource({
      source: this.source,
      catalog: this.catalog,
      seal: this.seal,
      beingSealed: this.beingSealed,
      probe,
      contentHashKey: this.hashKey,
      openTree: ({ root }) => openLocalTree(root, privateFolders),
      concurrency: 2,
      now: () => this.nowMs++,
      ...options,
    });
  }

  /** As uploads do, with whatever a test wants otherwise. */
  uploads(options: Partial<UploadImporterOptions> = {}): UploadImporter {
    return new UploadImporter({
      libraryId: this.source.libraryId,
      catalog: this.catalog,
      seal: this.seal,
      reader: {
        read: (asset, range, signal) => this.#read(asset, range, signal),
        release: releasePiece,
      },
      beingSealed: this.beingSealed,
      probe: this.#probe,
      contentHashKey: this.hashKey,
      now: () => this.nowMs++,
      ...options,
    });
  }

  async *#read(asset: StoredAsset, range: ByteRange, signal?: AbortSignal): AsyncGenerator<Bytes> {
    const key = await this.#trackKey(asset);
    yield* this.vault.read(asset, key, range, { ...(signal && { signal }) });
  }

  #trackKey({ epoch, wrappedKey }: StoredAsset): Promise<TrackKey> {
    return unwrapTrackKey(this.#keyOf(epoch) ?? failed(`epoch ${epoch} is unknown`), wrappedKey);
  }

  #keyOf(epoch: number): Bytes | undefined {
    return this.#epochs.find((one) => one.epoch === epoch)?.key;
  }

  /** What is sealed from now on is under another key. */
  rotate(): void {
    this.#epochs.push({ epoch: this.#epochs.length + 1, key: generateKey() });
  }

  /** Seals anew what is of earlier epochs, with whatever a test wants otherwise. */
  reseal(options: Partial<ResealOptions> = {}): Promise<ResealReport> {
    const { set, library } = this.#vaultParts;
    const earlier = this.#epochs.slice(0, -1).map(({ epoch }) => epoch);
    return reseal({
      catalog: this.catalog,
      reader: {
        read: (asset, range, signal) => this.#read(asset, range, signal),
        release: releasePiece,
      },
      seal: this.seal,
      facts: async (asset, signal) =>
        readFacts(asset, await this.#trackKey(asset), { nodes: set, trust: library.trust, signal }),
      bury: async (id) => {
        const isNew = !this.buried.has(id);
        this.buried.add(id);
        return isNew;
      },
      alone: (work) => work(),
      pace: async () => undefined,
      now: () => this.nowMs++,
      epochs: new Set(earlier),
      signal: new AbortController().signal,
      onProgress: () => undefined,
      onFailure: () => undefined,
      ...options,
    });
  }

  /** Every row of the source with its track, by path key. */
  async files(): Promise<Map<string, WorldFile>> {
    const rows = await Array.fromAsync(this.catalog.sourceFiles(this.source.id));
    const tracks = await this.catalog.tracks(
      rows.map((row) => row.trackId),
      NOBODY,
    );
    const byId = new Map(tracks.map((track) => [track.id, track]));
    return new Map(rows.map((row) => [row.pathKey, { row, track: byId.get(row.trackId) }]));
  }

  async file(pathKey: string): Promise<WorldFile> {
    const file = (await this.files()).get(pathKey);
    if (!file) throw new Error(`the catalogue has no file ${pathKey}`);
    return file;
  }

  async trackAt(pathKey: string): Promise<TrackId> {
    return (await this.file(pathKey)).row.trackId;
  }

  /** The bytes of an asset, opened with the key that the catalogue keeps wrapped. */
  async open(asset: StoredAsset): Promise<Bytes> {
    const pieces: Bytes[] = [];
    for await (const piece of this.#read(asset, { startBytes: 0, endBytes: asset.lengthBytes })) {
      pieces.push(piece.slice());
    }
    return concatBytes(...pieces);
  }

  async originalAt(pathKey: string): Promise<Bytes> {
    const original = await this.catalog.originalOf(await this.trackAt(pathKey));
    if (!original) throw new Error(`no original for ${pathKey}`);
    return this.open(original);
  }

  /** Takes what the nodes hold into an empty catalogue, as a recovery without a library log would. */
  async adoptInto(catalog: SqlCatalog): Promise<number> {
    const { set, library } = this.#vaultParts;
    const adoption = new Adoption({
      catalog,
      libraryKey: (epoch) => this.#keyOf(epoch),
      now: () => this.nowMs,
    });
    const context = { trust: library.trust, depth: 'head' as const, random: () => 0, pace: async () => {} };
    for await (const { layouts } of enumerateLayouts({ nodes: set, libraryId: library.libraryId })) {
      for (const found of layouts) await adoption.consider(await inspectLayout(found, context));
    }
    return adoption.finish();
  }

  /** SHA-256 of what lies on the disk, by path: what the catalogue should be found to hold. */
  async onDisk(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const entry of await readdir(this.folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      found.set(relative(this.folder, path), sha256(await readFile(path)));
    }
    return found;
  }

  /** SHA-256 of the sealed original of every file that is not missing, by path. */
  async inVault(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const [pathKey, { row }] of await this.files()) {
      if (row.missingSinceMs === undefined) found.set(pathKey, sha256(await this.originalAt(pathKey)));
    }
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database[Symbol.asyncDispose]();
    await rm(this.base, { recursive: true, force: true });
  }
}

function failed(what: string): never {
  throw new Error(what);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
