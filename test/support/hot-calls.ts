import { artistIdentities } from '../../src/catalog/identity.ts';
import type { AlbumOrder } from '../../src/catalog/index.ts';
import { assetBucket, digestOf, libraryBucket, userBucket } from '../../src/catalog/sql/ids.ts';
import { bucketOf } from '../../src/core/index.ts';
import { labelHash } from './catalog-tracks.ts';
import type { HotItems, Stores } from './hot-world.ts';

/** A call and the buckets of what it is about; undefined for a list, whose items may lie anywhere. */
export interface Call {
  readonly work: (stores: Stores, items: HotItems) => Promise<unknown>;
  readonly buckets?: (items: HotItems) => readonly number[];
}

const page = { offset: 0, count: 10 };
const PUBLIC_PLAYLISTS = 0;

const ofUser = ({ user }: HotItems) => [bucketOf(user)];
const ofTracks = ({ user, tracks }: HotItems) => [user, ...tracks].map(bucketOf);

/** What every page and every song asks: the first word is the method. */
export const hotReads: Readonly<Record<string, Call>> = {
  'tracks: one': {
    work: ({ catalog }, { tracks: [id], user }) => catalog.tracks(id === undefined ? [] : [id], user),
    buckets: ({ user, tracks }) => [user, ...tracks.slice(0, 1)].map(bucketOf),
  },
  'tracks: several': {
    work: ({ catalog }, { tracks, user }) => catalog.tracks(tracks, user),
    buckets: ofTracks,
  },
  albums: {
    work: ({ catalog }, { album, user }) => catalog.albums([album], user),
    buckets: ({ user, album }) => [user, album].map(bucketOf),
  },
  albumTracks: {
    work: ({ catalog }, { album, user }) => catalog.albumTracks(album, user),
    buckets: ({ user, album }) => [user, album].map(bucketOf),
  },
  artists: {
    work: ({ catalog }, { artist, user }) => catalog.artists([artist], user),
    buckets: ({ user, artist }) => [user, artist].map(bucketOf),
  },
  artistAlbums: {
    work: ({ catalog }, { artist, user }) => catalog.artistAlbums(artist, user),
    buckets: ({ user, artist, albums }) => [user, artist, ...albums].map(bucketOf),
  },
  topTracks: {
    work: ({ catalog }, { artist, user }) => catalog.topTracks(artist, 5, user),
    buckets: ({ user, artist, tracks }) => [user, artist, ...tracks].map(bucketOf),
  },
  artistByName: {
    work: ({ catalog }, { artistName }) => catalog.artistByName(artistName),
    buckets: ({ artist, artistName }) => [
      bucketOf(artist),
      ...artistIdentities({ name: artistName }).map((identity) => digestOf(identity).vb),
    ],
  },
  originalOf: {
    work: ({ catalog }, { tracks: [id] }) => (id === undefined ? Promise.resolve() : catalog.originalOf(id)),
    buckets: ({ tracks, original }) => [...tracks.slice(0, 1).map(bucketOf), assetBucket(original)],
  },
  asset: {
    work: ({ catalog }, { cover }) => catalog.asset(cover),
    buckets: ({ cover }) => [assetBucket(cover)],
  },
  companion: {
    work: ({ catalog }, { original }) => catalog.companion(original, 'packet-table'),
    buckets: ({ original, table }) => [original, table].map(assetBucket),
  },
  lyricsOf: {
    work: ({ catalog }, { tracks: [id] }) => (id === undefined ? Promise.resolve() : catalog.lyricsOf(id)),
    buckets: ({ tracks }) => tracks.slice(0, 1).map(bucketOf),
  },
  starred: {
    work: ({ catalog }, { user }) => catalog.starred(user),
    buckets: ({ user, album, artist, tracks }) => [user, album, artist, ...tracks].map(bucketOf),
  },
  ...Object.fromEntries(
    (['starred', 'highest', 'frequent', 'recent'] as const).map((kind): [string, Call] => [
      `listAlbums: ${kind}`,
      {
        work: ({ catalog }, { user }) => catalog.listAlbums({ kind }, page, user),
        buckets: ({ user, album }) => [user, album].map(bucketOf),
      },
    ]),
  ),
  playQueue: { work: ({ catalog }, { user }) => catalog.playQueue(user), buckets: ofTracks },
  playlists: {
    work: ({ catalog }, { user }) => catalog.playlists(user),
    buckets: (items) => [...ofTracks(items), PUBLIC_PLAYLISTS],
  },
  playlist: {
    work: ({ catalog }, { playlist, user }) => catalog.playlist(playlist, user),
    buckets: ofTracks,
  },
  accountByName: {
    work: ({ accounts }, { userName }) => accounts.accountByName(userName),
    buckets: ({ userName }) => [userBucket(userName)],
  },
  accountById: { work: ({ accounts }, { user }) => accounts.accountById(user), buckets: ofUser },
  credentialsOf: { work: ({ accounts }, { user }) => accounts.credentialsOf(user), buckets: ofUser },
  session: { work: ({ accounts }, { session }) => accounts.session(session), buckets: ofUser },
  devicesOf: { work: ({ accounts }, { user }) => accounts.devicesOf(user), buckets: ofUser },
  load: { work: ({ snapshots }, { playback }) => snapshots.load(playback), buckets: ofUser },
  list: { work: ({ snapshots }, { playback }) => snapshots.list(playback.userId), buckets: ofUser },
  fileAt: {
    work: ({ catalog }, { source }) => catalog.fileAt(source.id, '1.flac'),
    buckets: ({ source }) => [bucketOf(source.id)],
  },
  fileByHash: {
    work: ({ catalog }, { source }) => catalog.fileByHash(source.libraryId, labelHash('content 1.flac')),
    buckets: ({ source }) => [libraryBucket(source.libraryId)],
  },
  folder: {
    work: ({ catalog }, { source }) => catalog.folder(source.id, ''),
    buckets: ({ source }) => [bucketOf(source.id)],
  },
};

const orders: readonly AlbumOrder[] = [
  { kind: 'random' },
  { kind: 'newest' },
  { kind: 'by-name' },
  { kind: 'by-artist' },
  { kind: 'by-year', fromYear: 1990, toYear: 2000 },
  { kind: 'by-genre', genre: 'Rock' },
];

/** One range of the library's bucket, or of the genre's; what it shows is then asked for by keys. */
export const listReads: Readonly<Record<string, Call>> = {
  ...Object.fromEntries(
    orders.map((order): [string, Call] => [
      `listAlbums: ${order.kind}`,
      { work: ({ catalog }, { user }) => catalog.listAlbums(order, page, user) },
    ]),
  ),
  allArtists: { work: ({ catalog }, { user }) => catalog.allArtists(user) },
  listArtists: { work: ({ catalog }, { user }) => catalog.listArtists(page, user) },
  artistLetters: { work: ({ catalog }) => catalog.artistLetters() },
  tracksByGenre: { work: ({ catalog }, { genre, user }) => catalog.tracksByGenre(genre, page, user) },
  randomTracks: { work: ({ catalog }, { user }) => catalog.randomTracks({ count: 5 }, user) },
  'randomTracks: of a genre': {
    work: ({ catalog }, { genre, user }) => catalog.randomTracks({ count: 5, genre, fromYear: 1990 }, user),
  },
  similarTracks: {
    work: async ({ catalog }, { album, user }) =>
      catalog.similarTracks({ kind: 'album', id: album }, 5, user),
  },
  similarArtists: { work: ({ catalog }, { artist, user }) => catalog.similarArtists(artist, 5, user) },
  everyTrack: { work: ({ catalog }, { user }) => catalog.everyTrack(page, user) },
  everyAlbum: { work: ({ catalog }, { user }) => catalog.everyAlbum(page, user) },
  everyArtist: { work: ({ catalog }, { user }) => catalog.everyArtist(page, user) },
  libraries: { work: ({ catalog }) => catalog.libraries() },
  genres: { work: ({ catalog }) => catalog.genres() },
  counts: { work: ({ catalog }) => catalog.counts() },
  accounts: { work: ({ accounts }) => accounts.accounts() },
  auditTrail: { work: ({ accounts }) => accounts.auditTrail(10) },
  newestSeq: { work: ({ snapshots }) => snapshots.newestSeq() },
  sources: { work: ({ catalog }) => catalog.sources() },
  sourceFiles: { work: ({ catalog }, { source }) => Array.fromAsync(catalog.sourceFiles(source.id)) },
  orphanedAssets: { work: ({ catalog }) => Array.fromAsync(catalog.orphanedAssets(1)) },
  degradedAssets: { work: ({ catalog }) => Array.fromAsync(catalog.degradedAssets()) },
  assetReferences: { work: ({ catalog }) => Array.fromAsync(catalog.assetReferences()) },
  storedAssets: { work: ({ catalog }) => Array.fromAsync(catalog.storedAssets()) },
  assetCounts: { work: ({ catalog }) => catalog.assetCounts() },
  snapshot: { work: ({ catalog }) => Array.fromAsync(catalog.snapshot(['track'])) },
};

const queue = { currentIndex: 0, positionMs: 0, changedBy: 'player' };

/** Twice each, the second time in a row of its own: a change that changes nothing writes nothing. */
export const hotWrites: Readonly<Record<string, Call>> = {
  star: {
    work: ({ catalog }, { user, tracks }) =>
      catalog.star(
        user,
        tracks.slice(6, 8).map((id) => ({ kind: 'track', id })),
      ),
    buckets: ofUser,
  },
  unstar: {
    work: ({ catalog }, { user, tracks }) =>
      catalog.unstar(
        user,
        tracks.slice(6, 8).map((id) => ({ kind: 'track', id })),
      ),
    buckets: ofUser,
  },
  rate: {
    work: ({ catalog }, { user, album }) => catalog.rate(user, { kind: 'album', id: album }, 4),
    buckets: ofUser,
  },
  savePlayQueue: {
    work: ({ catalog }, { user, tracks }) => catalog.savePlayQueue(user, { ...queue, trackIds: tracks }),
    buckets: ofUser,
  },
  createPlaylist: {
    work: ({ catalog }, { user, tracks }) => catalog.createPlaylist(user, 'Other', tracks),
    buckets: ofUser,
  },
  updatePlaylist: {
    work: ({ catalog }, { user, playlist, tracks }) =>
      catalog.updatePlaylist(user, playlist, { addTrackIds: tracks.slice(6), removeIndexes: [0] }),
    buckets: ofUser,
  },
  recordUses: {
    work: ({ accounts }, { user }) => accounts.recordDeviceUses([{ userId: user, id: 'a', lastUsedAtMs: 1 }]),
    buckets: ofUser,
  },
  changeSession: {
    work: ({ accounts }, { session }) =>
      accounts.changeSession(session, { expiresAtMs: session.expiresAtMs + 1 }),
    buckets: ofUser,
  },
};
