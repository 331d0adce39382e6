import type { AuditRecord, CredentialId } from '../../../src/accounts/index.ts';
import type { ImportedTrack, MusicSource, Starrable, TrackView } from '../../../src/catalog/index.ts';
import type {
  AlbumId,
  ArtistId,
  AssetId,
  LibraryId,
  PlaylistId,
  TrackId,
  UploadId,
  UserId,
} from '../../../src/core/index.ts';
import { wireId } from '../../../src/core/index.ts';
import { emptyState } from '../../../src/playback/session/index.ts';
import { importedTrack, labelHash, labelId, storedAsset } from '../catalog-tracks.ts';
import { seededRandom } from '../random.ts';
import { generatedTracks, type TrackGenerator, trackGenerator } from './generated-tracks.ts';
import type { DialectWorld } from './world.ts';

export interface FillOptions {
  readonly tracks: number;
  /** Stars, ratings, plays, and a tenth as many playlists, of each listener. */
  readonly marks: number;
  readonly seed: number;
}

/** What was written; the same everywhere, if all is well. */
export interface Filled {
  readonly libraries: readonly LibraryId[];
  readonly sources: readonly MusicSource[];
  readonly users: readonly { readonly id: UserId; readonly name: string }[];
  readonly tracks: readonly TrackId[];
  readonly removed: readonly TrackId[];
  readonly albums: readonly AlbumId[];
  readonly artists: readonly ArtistId[];
  readonly artistNames: readonly string[];
  readonly titles: readonly string[];
  readonly playlists: readonly PlaylistId[];
  readonly assets: readonly AssetId[];
  readonly files: readonly ImportedTrack['file'][];
  readonly credentials: readonly CredentialId[];
  readonly genres: readonly string[];
}

const START_MS = 1_750_000_000_000;
const LISTENERS = ['ada', 'Zoë', 'елена', '花子', 'bob'] as const;
const AUDIT: Pick<AuditRecord, 'actor' | 'atMs'> = { actor: 'machine', atMs: START_MS };
const EVERYTHING = { offset: 0, count: 10_000 };

/** The same library into any catalogue, by its own port, one call after the other. */
export async function fill(
  world: DialectWorld,
  { tracks: count, marks, seed }: FillOptions,
): Promise<Filled> {
  const { catalog } = world;
  const generator = trackGenerator(seededRandom(seed));
  world.clock.nowMs = START_MS;
  const libraries = ['library', 'other library'].map((label) => labelId<LibraryId>(label));
  const sources: MusicSource[] = [];
  for (const [at, id] of libraries.entries()) {
    await catalog.ensureLibrary(id, `Music ${at}`);
    sources.push(
      await catalog.ensureSource(id, `/music ${at}`),
      await catalog.ensureSource(id, `/more ${at}`),
    );
  }
  const imported = new Map<TrackId, ImportedTrack>();
  for (const group of generatedTracks(count, sources, generator)) {
    const ids = await Promise.all(group.map((track) => catalog.importTrack(track)));
    for (const [at, id] of ids.entries()) {
      const track = group[at];
      if (track) imported.set(id, track);
    }
  }
  const removed = await change(world, imported, generator);
  await addOthers(world, libraries, [...imported.values()]);
  const { users, credentials } = await addAccounts(world);
  const nobody = 0 as UserId;
  const views: TrackView[] = [];
  for (let offset = 0; ; offset += EVERYTHING.count) {
    const page = await catalog.everyTrack({ ...EVERYTHING, offset }, nobody);
    views.push(...page);
    if (page.length < EVERYTHING.count) break;
  }
  const albums = [...new Set(views.map(({ albumId }) => albumId))];
  const credits = views.flatMap(({ artists, albumArtists }) => [...artists, ...albumArtists]);
  const artists = [...new Set(credits.map(({ id }) => id))];
  const playlists: PlaylistId[] = [];
  for (const { id } of users) {
    playlists.push(...(await listen(world, id, { views, albums, artists, marks, generator })));
  }
  const files = Array.from(imported.values(), ({ file }) => file);
  return {
    libraries,
    sources,
    users,
    tracks: views.map(({ id }) => id),
    removed,
    albums,
    artists,
    artistNames: [...new Set(credits.map(({ name }) => name))],
    titles: [...new Set(views.map(({ title }) => title))],
    playlists,
    assets: Array.from(imported.values(), ({ original }) => original.assetId),
    files,
    credentials,
    genres: (await catalog.genres()).map(({ name }) => name),
  };
}

/** New tags, files that move, vanish and come twice, tracks that are removed. */
async function change(
  { catalog, clock }: DialectWorld,
  imported: ReadonlyMap<TrackId, ImportedTrack>,
  { random, name }: TrackGenerator,
): Promise<readonly TrackId[]> {
  const removed: TrackId[] = [];
  for (const [id, track] of imported) {
    const chance = random();
    const file = { ...track.file, trackId: id };
    clock.nowMs += 1_000;
    if (chance < 0.02) {
      const tags = { ...track.tags, title: name(), album: name(), genres: ['Rock', 'Polka'] };
      await catalog.importTrack({ ...track, tags, keepTrackId: id });
    } else if (chance < 0.03) {
      await catalog.moveFile(file, { ...track.file, pathKey: `moved/${track.file.pathKey}` });
    } else if (chance < 0.04) {
      await catalog.markMissing([file], clock.nowMs);
    } else if (chance < 0.05) {
      await catalog.addDuplicate({ ...file, pathKey: `again/${track.file.pathKey}` });
    } else if (chance < 0.06) {
      await catalog.removeTrack(id);
      removed.push(id);
    }
  }
  return removed;
}

/** What comes by no scan, and what vaults tell. */
async function addOthers(
  { catalog, clock }: DialectWorld,
  libraries: readonly LibraryId[],
  imported: readonly ImportedTrack[],
): Promise<void> {
  const [libraryId] = libraries;
  if (libraryId === undefined) return;
  for (let number = 0; number < 8; number++) {
    const label = `came ${number}`;
    const { file, ...track } = importedTrack({ id: 0, libraryId }, label, {
      tags: { title: 'Air', artists: ['Air'], albumArtists: ['Air'], album: label },
    });
    const { contentHash } = file;
    if (number % 2 === 0) await catalog.adoptTrack({ ...track, contentHash });
    else await catalog.addUpload({ ...track, contentHash, uploadId: labelId<UploadId>(label) });
    const orphan = storedAsset(`orphan ${number}`, { libraryId, epoch: 2, createdAtMs: clock.nowMs });
    await catalog.addOrphan(orphan);
  }
  for (const [at, { original }] of imported.slice(0, 60).entries()) {
    clock.nowMs += at % 3;
    const { assetId: parentId, libraryId: itsLibrary } = original;
    const table = storedAsset(`table ${at}`, { libraryId: itsLibrary });
    await catalog.addCompanion({ parentId, kind: 'packet-table', ...(at % 3 > 0 && { asset: table }) });
    if (at % 4 > 0) continue;
    const columnNodes = original.columnNodes.with(1, undefined);
    await catalog.setColumnNodes({ ...original, before: original.columnNodes, columnNodes, degraded: true });
  }
}

async function addAccounts({ accounts, snapshots, clock }: DialectWorld) {
  const users: { readonly id: UserId; readonly name: string }[] = [];
  const credentials: CredentialId[] = [];
  for (const [at, name] of LISTENERS.entries()) {
    const role = at === 0 ? ('admin' as const) : ('listener' as const);
    const account = {
      name,
      foldedName: name.toLowerCase(),
      role,
      passwordHash: 'h',
      createdAtMs: clock.nowMs,
    };
    const { id } = await accounts.insertAccount(account, { ...AUDIT, action: 'account-created' });
    users.push({ id, name });
    for (let number = 0; number < 4; number++) {
      const credential = await accounts.nextCredentialId(id);
      credentials.push(credential);
      const head = { id: credential, userId: id, clientName: `player ${number}`, createdAtMs: START_MS };
      await accounts.insertCredential(
        number % 2 === 0
          ? { ...head, kind: 'api-key', keyHash: labelHash(`${name} ${number}`) }
          : { ...head, kind: 'app-password', sealedSecret: labelHash(`${name} ${number}`) },
        { ...AUDIT, action: 'credential-created', subject: id, detail: `player ${number}` },
      );
      const tokenHash = labelHash(`session ${name} ${number}`);
      const times = { createdAtMs: START_MS, passwordAtMs: START_MS, expiresAtMs: START_MS + number };
      // One fewer than there are, all begun at once: which of them ends is decided by no time.
      await accounts.insertSession({ userId: id, tokenHash, ...times }, 3);
      const publicKey = { kty: 'EC', crv: 'P-256', x: `${number}`, y: name } as const;
      const device = { userId: id, id: `device ${number}`, name: 'phone', publicKey, createdAtMs: START_MS };
      await accounts.insertDevice(device, 9, { ...AUDIT, action: 'device-added', subject: id });
      const key = { userId: wireId('us', id), sessionId: `session ${number}` };
      await snapshots.save(
        key,
        { ...emptyState(`Kitchen ${number}`), seq: number },
        START_MS + (number >> 1),
      );
    }
    const last = credentials.at(-1);
    if (last === undefined) continue;
    await accounts.recordUses([{ userId: id, id: last, lastUsedAtMs: START_MS + 5 }]);
    await accounts.recordDeviceUses([{ userId: id, id: 'device 1', lastUsedAtMs: START_MS + 5 }]);
    await accounts.revokeDevice(id, 'device 2', { ...AUDIT, action: 'device-revoked', subject: id });
    if (at === 3) {
      const change = { ...AUDIT, action: 'account-disabled', subject: id } as const;
      await accounts.changeAccount(id, { disabledAtMs: START_MS }, change);
    }
  }
  return { users, credentials };
}

interface Listening {
  readonly views: readonly TrackView[];
  readonly albums: readonly AlbumId[];
  readonly artists: readonly ArtistId[];
  readonly marks: number;
  readonly generator: TrackGenerator;
}

/** With many equals: stars of one moment, ratings, counts. */
async function listen(
  { catalog, clock }: DialectWorld,
  user: UserId,
  { views, albums, artists, marks, generator: { random, pick, name } }: Listening,
): Promise<readonly PlaylistId[]> {
  const anything = (): Starrable =>
    pick<() => Starrable>([
      () => ({ kind: 'track', id: pick(views).id }),
      () => ({ kind: 'album', id: pick(albums) }),
      () => ({ kind: 'artist', id: pick(artists) }),
    ])();
  const someTracks = (most: number) =>
    Array.from({ length: Math.floor(random() * most) }, () => pick(views).id);
  for (let mark = 0; mark < marks; mark++) {
    clock.nowMs += pick([0, 0, 1, 1_000]);
    await catalog.star(user, [anything(), anything(), anything()]);
    await catalog.rate(user, anything(), pick([0, 1, 3, 5, 5] as const));
    await catalog.recordPlay(user, pick(views).id, START_MS + pick([0, 0, 1, 1_000]));
    if (mark % 7 === 0) await catalog.unstar(user, [anything()]);
  }
  const playlists: PlaylistId[] = [];
  for (let number = 0; number < marks / 10; number++) {
    clock.nowMs += pick([0, 1]);
    const id = await catalog.createPlaylist(user, random() < 0.3 ? 'Mix' : name(), someTracks(40));
    playlists.push(id);
    if (random() < 0.5) await catalog.updatePlaylist(user, id, { isPublic: true, comment: name() });
    if (random() < 0.3) await catalog.updatePlaylist(user, id, { addTrackIds: someTracks(9) });
    if (random() < 0.1) await catalog.deletePlaylist(user, id);
  }
  const trackIds = [...someTracks(30), pick(views).id];
  await catalog.savePlayQueue(user, { trackIds, currentIndex: 0, positionMs: 1_234, changedBy: name() });
  return playlists;
}
