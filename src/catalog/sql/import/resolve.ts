import { bucketOf, type AlbumId, type ArtistId, type LibraryId } from '../../../core/index.ts';
import { albumIdentities, artistIdentities, type TaggedArtist } from '../../identity.ts';
import type { ArtistCredit, TrackTags } from '../../port.ts';
import { digestOf } from '../ids.ts';
import { emptyAlbum } from '../listings/album-sums.ts';
import { emptyArtist } from '../listings/artist-sums.ts';
import type { IdentityRow } from '../schema.ts';
import type { CatalogTransaction } from '../transaction.ts';

/**
 * Finds the album and artists that a file names, or makes them. Each is known by all its identities: files
 * with a MusicBrainz id and files with only the name meet in one item, unless the name's item has another id.
 */
export class Resolver {
  readonly #tx: CatalogTransaction;
  readonly #libraryId: LibraryId;
  readonly #createdAtMs: number;

  /** For one transaction and library; what is made dates from `createdAtMs`. */
  constructor(tx: CatalogTransaction, libraryId: LibraryId, createdAtMs: number) {
    this.#tx = tx;
    this.#libraryId = libraryId;
    this.#createdAtMs = createdAtMs;
  }

  async credits(artists: readonly TaggedArtist[]): Promise<ArtistCredit[]> {
    const credits: ArtistCredit[] = [];
    for (const artist of artists) {
      const id = await this.#artist(artist);
      if (!credits.some((credit) => credit.id === id)) credits.push({ id, name: artist.name });
    }
    return credits;
  }

  async album(tags: TrackTags, albumArtists: readonly TaggedArtist[]): Promise<AlbumId> {
    const identities = albumIdentities(this.#libraryId, tags, albumArtists);
    const releaseId = tags.musicBrainzReleaseId?.toLowerCase() ?? null;
    const [sure, byName] = identities;
    const known = await this.#find(sure);
    if (known !== undefined) return known as AlbumId;
    if (releaseId !== null) {
      const named = await this.#find(byName);
      const row = named === undefined ? undefined : await this.#tx.rows.get('album', at(named));
      if (row?.mb_release_id === null) {
        await this.#tx.put('album', { ...row, mb_release_id: releaseId });
        await this.#identify('album', sure, row.id);
        return row.id as AlbumId;
      }
    }
    const id = await this.#tx.nextId<AlbumId>(digestOf(sure ?? '').vb);
    await this.#tx.put('album', {
      ...at(id),
      ...emptyAlbum,
      library_id: this.#libraryId,
      mb_release_id: releaseId,
      created_at_ms: this.#createdAtMs,
    });
    await this.#identifyAll('album', identities, id);
    return id;
  }

  async #artist(artist: TaggedArtist): Promise<ArtistId> {
    const identities = artistIdentities(artist);
    const mbid = artist.musicBrainzId?.toLowerCase() ?? null;
    const [sure, byName] = identities;
    const known = await this.#find(sure);
    if (known !== undefined) {
      await this.#noteSortName(known, artist);
      return known as ArtistId;
    }
    if (mbid !== null) {
      const named = await this.#find(byName);
      const row = named === undefined ? undefined : await this.#tx.rows.get('artist', at(named));
      if (row?.mb_artist_id === null) {
        await this.#tx.put('artist', {
          ...row,
          mb_artist_id: mbid,
          sort_name: artist.sortName ?? row.sort_name,
        });
        await this.#identify('artist', sure, row.id);
        return row.id as ArtistId;
      }
    }
    const id = await this.#tx.nextId<ArtistId>(digestOf(sure ?? '').vb);
    await this.#tx.put('artist', {
      ...at(id),
      ...emptyArtist,
      library_id: this.#libraryId,
      sort_name: artist.sortName ?? null,
      mb_artist_id: mbid,
      created_at_ms: this.#createdAtMs,
    });
    await this.#identifyAll('artist', identities, id);
    return id;
  }

  /** The newest file that tags one decides. */
  async #noteSortName(id: number, { sortName }: TaggedArtist): Promise<void> {
    if (sortName === undefined) return;
    const row = await this.#tx.rows.get('artist', at(id));
    if (row && row.sort_name !== sortName) await this.#tx.put('artist', { ...row, sort_name: sortName });
  }

  async #find(identity: string | undefined): Promise<number | undefined> {
    if (identity === undefined) return undefined;
    const row = await this.#tx.rows.get('identity', digestOf(identity));
    return row?.item_id;
  }

  /** A name that another item has already stays with it. */
  async #identifyAll(kind: IdentityRow['kind'], identities: readonly string[], id: number): Promise<void> {
    for (const [index, identity] of identities.entries()) {
      if (index === 0 || (await this.#find(identity)) === undefined) await this.#identify(kind, identity, id);
    }
  }

  async #identify(kind: IdentityRow['kind'], identity: string | undefined, id: number): Promise<void> {
    if (identity === undefined) return;
    await this.#tx.put('identity', {
      ...digestOf(identity),
      library_id: this.#libraryId,
      kind,
      item_id: id,
    });
  }
}

function at(id: number): { readonly vb: number; readonly id: number } {
  return { vb: bucketOf(id), id };
}
