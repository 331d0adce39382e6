import { createSqlAccountStore } from '../../src/accounts/sql/store.ts';
import type { AccountStore, StoredSession } from '../../src/accounts/index.ts';
import { createSqlCatalog, Database, type SqlCatalog } from '../../src/catalog/sql/index.ts';
import type {
  AlbumId,
  ArtistId,
  AssetId,
  LibraryId,
  PlaylistId,
  TrackId,
  UserId,
} from '../../src/core/index.ts';
import { wireId } from '../../src/core/index.ts';
import { emptyState, type SessionKey, type SnapshotStore } from '../../src/playback/session/index.ts';
import { createSqlSnapshots } from '../../src/playback/stores/sql/snapshots.ts';
import type { MysqlAddress } from '../../src/catalog/sql/mysql/address.ts';
import { importedTrack, labelId, storedAsset } from './catalog-tracks.ts';

/** All that reads and writes a catalogue's database. */
export interface Stores {
  readonly database: Database;
  readonly catalog: SqlCatalog;
  readonly accounts: AccountStore;
  readonly snapshots: SnapshotStore;
}

/** A few of everything that is asked for often. */
export interface HotItems {
  readonly user: UserId;
  readonly userName: string;
  readonly session: StoredSession;
  readonly playback: SessionKey;
  readonly source: { readonly id: number; readonly libraryId: LibraryId };
  readonly tracks: readonly TrackId[];
  readonly album: AlbumId;
  readonly albums: readonly AlbumId[];
  readonly artist: ArtistId;
  readonly artistName: string;
  readonly genre: string;
  readonly original: AssetId;
  readonly cover: AssetId;
  /** A companion of the original. */
  readonly table: AssetId;
  readonly playlist: PlaylistId;
}

const TRACKS = 9;
const AT_MS = 1_700_000_000_000;

export async function openStores(address: MysqlAddress): Promise<Stores & AsyncDisposable> {
  const database = await Database.connect(address);
  return {
    database,
    catalog: createSqlCatalog(database),
    accounts: createSqlAccountStore(database),
    snapshots: createSqlSnapshots(database),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

export async function writeHotItems({ catalog, accounts, snapshots }: Stores): Promise<HotItems> {
  const userName = 'ada';
  const account = { name: userName, foldedName: userName, role: 'admin', passwordHash: 'h' } as const;
  const audit = { atMs: AT_MS, actor: 'machine', action: 'account-created' } as const;
  const { id: user } = await accounts.insertAccount({ ...account, createdAtMs: AT_MS }, audit);
  const session: StoredSession = {
    userId: user,
    tokenHash: new Uint8Array(32).fill(1),
    createdAtMs: AT_MS,
    passwordAtMs: AT_MS,
    expiresAtMs: AT_MS,
  };
  await accounts.insertSession(session, 3);
  const publicKey = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' } as const;
  const device = { userId: user, id: 'a', name: 'phone', publicKey, createdAtMs: AT_MS };
  await accounts.insertDevice(device, 3, { ...audit, action: 'device-added', subject: user });
  const playback = { userId: wireId('us', user), sessionId: 'main' };
  await snapshots.save(playback, emptyState('Kitchen'), AT_MS);

  const libraryId = labelId<LibraryId>('library');
  await catalog.ensureLibrary(libraryId, 'Music');
  const source = await catalog.ensureSource(libraryId, '/music');
  const [artistName, genre] = ['Artist', 'Rock'];
  const tracks: TrackId[] = [];
  for (let number = 0; number < TRACKS; number++) {
    const tags = {
      album: `Album ${number % 3}`,
      artists: [artistName],
      albumArtists: [artistName],
      genres: [genre],
      year: 1990 + number,
      lyrics: [{ language: 'eng', synced: false, lines: [{ text: 'la' }] }],
    };
    tracks.push(await catalog.importTrack(importedTrack(source, `${number}.flac`, { tags, cover: 'x' })));
  }
  const views = await catalog.tracks(tracks, user);
  const [first] = views;
  const artist = first?.artists[0]?.id;
  const cover = first?.coverAssetId;
  if (!first || artist === undefined || cover === undefined) throw new Error('the track is not there');
  const original = (await catalog.originalOf(first.id))?.assetId;
  if (original === undefined) throw new Error('the original is not there');
  const table = storedAsset('table', { libraryId });
  await catalog.addCompanion({ parentId: original, kind: 'packet-table', asset: table });
  await catalog.star(user, [
    ...tracks.slice(0, 5).map((id) => ({ kind: 'track', id }) as const),
    { kind: 'album', id: first.albumId },
    { kind: 'artist', id: artist },
  ]);
  await catalog.recordPlay(user, first.id, AT_MS);
  const playlist = await catalog.createPlaylist(user, 'List', tracks.slice(0, 6));
  const queue = { trackIds: tracks, currentIndex: 1, positionMs: 0, changedBy: 'player' };
  await catalog.savePlayQueue(user, queue);
  return {
    user,
    userName,
    session,
    playback,
    source,
    tracks,
    album: first.albumId,
    albums: [...new Set(views.map(({ albumId }) => albumId))],
    artist,
    artistName,
    genre,
    original,
    cover,
    table: table.assetId,
    playlist,
  };
}
