import { bareTags } from './bare-tags.ts';
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import sharp from 'sharp';
import type { CatalogImporter, ImportedTrack, StoredAsset, TrackTags } from '../../src/catalog/index.ts';
import { type SearchIndex, startSearchFeed } from '../../src/catalog/search/index.ts';
import { openSearchIndex } from '../../src/catalog/search/sqlite/index.ts';
import { createSqlCatalog, type Database, type SqlCatalog } from '../../src/catalog/sql/index.ts';
import {
  type AssetId,
  asBytes,
  type Bytes,
  ClefError,
  type LibraryId,
  type TrackId,
} from '../../src/core/index.ts';
import type { TrackKey } from '../../src/crypto/index.ts';
import type { MediaReader, SealedReader } from '../../src/http/index.ts';
import type { Seal } from '../../src/ingest/index.ts';
import { releasePiece, type StorageNode } from '../../src/vault/index.ts';
import type { MemoryNode } from '../../src/vault/nodes/memory.ts';
import { openCatalogOfTests } from './catalog-place.ts';
import { temporaryFolder } from './clef-process.ts';
import { goldenTracks } from './golden-tracks.ts';
import { createTestVault, memoryNodes, patternBytes, sourceOf, type TestVault } from './vault.ts';
import { toneWav } from './wav.ts';

export interface GoldenTrackFile {
  readonly id: TrackId;
  readonly title: string;
  readonly bytes: Bytes;
  readonly asset: StoredAsset;
}

/** A library in a vault, of memory where nothing else is asked for, and a catalogue of its own, with what went into it. */
export interface GoldenLibrary<Node extends StorageNode = MemoryNode> extends AsyncDisposable {
  readonly libraryId: LibraryId;
  readonly database: Database;
  readonly catalog: SqlCatalog;
  readonly search: SearchIndex;
  readonly media: MediaReader & SealedReader;
  readonly trackKey: (asset: StoredAsset) => Promise<TrackKey>;
  readonly vault: TestVault<Node>;
  /** Into the vault, so that `media` opens it. */
  readonly seal: Seal;
  readonly tracks: readonly GoldenTrackFile[];
  /** Adds one more, as an import of a new file would. */
  add(track: AddedTrack): Promise<GoldenTrackFile>;
  /** Writes other tags over those of a track, as a scan after an edit would; answers its id. */
  retag(id: TrackId, tags: Partial<TrackTags>): Promise<TrackId>;
}

export interface AddedTrack {
  readonly tags: Partial<TrackTags>;
  readonly bytes: Bytes;
  readonly durationMs: number;
  readonly mediaType: string;
  readonly suffix: string;
  readonly cover?: Bytes;
}

const AUDIO = {
  bitRateKbps: 705.6,
  sampleRateHz: 44_100,
  bitDepth: 16,
  channelCount: 1,
  codec: 'PCM',
  container: 'WAVE',
} as const;

export function createGoldenLibrary(now: () => number): Promise<GoldenLibrary>;
export function createGoldenLibrary<Node extends StorageNode>(
  now: () => number,
  vault: TestVault<Node>,
): Promise<GoldenLibrary<Node>>;
export async function createGoldenLibrary(
  now: () => number,
  given?: TestVault<StorageNode>,
): Promise<GoldenLibrary<StorageNode>> {
  const folder = await temporaryFolder('golden');
  const database = await openCatalogOfTests();
  const catalog = createSqlCatalog(database, { now });
  const search = openSearchIndex({ path: `${folder.path}/search.db` });
  const vault = given ?? (await createTestVault(memoryNodes(1), { policy: { k: 1, m: 0 } }));
  const { libraryId } = vault.library;
  const keys = new Map<AssetId, TrackKey>();
  await catalog.ensureLibrary(libraryId, 'Music');
  const source = await catalog.ensureSource(libraryId, '/music');
  const tracks: GoldenTrackFile[] = [];

  const seal: Seal = async (input) => {
    const sealed = await vault.vault.write(input);
    keys.set(sealed.assetId, sealed.trackKey);
    return sealed;
  };

  async function sealBytes(
    kind: 'original' | 'cover',
    bytes: Bytes,
    mediaType: string,
  ): Promise<StoredAsset> {
    const { trackKey: key, ...asset } = await vault.vault.write({
      kind,
      lengthBytes: bytes.length,
      plaintext: sourceOf(bytes),
      birth: {},
    });
    keys.set(asset.assetId, key);
    return { ...asset, mediaType, createdAtMs: now() };
  }

  async function sealCover(importer: CatalogImporter, cover: Bytes) {
    const coverHash = sha256(cover);
    const known = await importer.coverByHash(libraryId, coverHash);
    return { coverHash, cover: known ?? (await sealBytes('cover', cover, 'image/png')) };
  }

  const imports = new Map<TrackId, ImportedTrack>();

  async function importTrack(imported: ImportedTrack): Promise<TrackId> {
    const id = await catalog.importTrack(imported);
    imports.set(id, imported);
    return id;
  }

  async function add(track: AddedTrack): Promise<GoldenTrackFile> {
    const { tags, bytes, durationMs, mediaType, suffix, cover } = track;
    const original = await sealBytes('original', bytes, mediaType);
    const number = tracks.length + 1;
    const fallbackTitle = `untitled ${number}`;
    const id = await importTrack({
      file: {
        sourceId: source.id,
        pathKey: `secret-folder/${number}.${suffix}`,
        contentHash: sha256(bytes),
        lengthBytes: bytes.length,
        modifiedNs: '0',
        deviceAndInode: `1:${number}`,
        sidecars: '',
      },
      tags: { ...bareTags, ...tags },
      fallbackTitle,
      audio: { ...AUDIO, durationMs, mediaType, suffix },
      original,
      ...(cover === undefined ? {} : await sealCover(catalog, cover)),
    });
    const added = { id, title: tags.title ?? fallbackTitle, bytes, asset: original };
    tracks.push(added);
    return added;
  }

  async function retag(id: TrackId, tags: Partial<TrackTags>): Promise<TrackId> {
    const before = imports.get(id);
    if (!before) throw new Error('only what was imported can be retagged');
    return importTrack({ ...before, tags: { ...before.tags, ...tags }, keepTrackId: id });
  }

  for (const [index, { tags, durationMs, coverColour, audio }] of goldenTracks.entries()) {
    await add({
      tags,
      durationMs,
      bytes: audio === 'tone' ? toneWav(30) : patternBytes(1000 + index, index + 1),
      mediaType: 'audio/wav',
      suffix: 'wav',
      ...(coverColour === undefined ? {} : { cover: await colouredPng(coverColour) }),
    });
  }

  const feed = startSearchFeed({
    index: search,
    stream: catalog,
    onFailure: (error) => {
      throw error;
    },
  });
  await feed.caughtUp();

  async function trackKey({ assetId }: StoredAsset): Promise<TrackKey> {
    const key = keys.get(assetId);
    if (!key) throw new ClefError('decryption-failed', 'no key for this asset');
    return key;
  }
  const media: MediaReader & SealedReader = {
    async *read(asset, range, signal) {
      yield* vault.vault.read(asset, await trackKey(asset), range, { signal });
    },
    readColumn: (asset, column, range, signal) => vault.vault.readColumn(asset, column, range, { signal }),
    sealedChunk: async (asset, chunk, signal) =>
      vault.vault.sealedChunk(asset, await trackKey(asset), chunk, { signal }),
    release: releasePiece,
  };

  return {
    libraryId,
    database,
    catalog,
    search,
    media,
    trackKey,
    vault,
    seal,
    tracks,
    add,
    retag,
    async [Symbol.asyncDispose]() {
      await feed[Symbol.asyncDispose]();
      await search[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      await rm(folder.path, { recursive: true, force: true });
    },
  };
}

async function colouredPng(background: string): Promise<Bytes> {
  const image = sharp({ create: { width: 700, height: 500, channels: 3, background } });
  return asBytes(new Uint8Array(await image.png().toBuffer()));
}

function sha256(bytes: Uint8Array): Bytes {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}
