import { LRUCache } from 'lru-cache';
import type { AlbumView, Annotations, ArtistView, StoredAsset, TrackView } from '../port.ts';
import type { Database } from './database.ts';
import type { ChangedRow } from './transaction.ts';

/** About 1.5 KB each. */
const MAX_TRACKS = 8_192;
const MAX_ALBUMS = 4_096;
const MAX_ARTISTS = 4_096;
const MAX_ASSETS = 4_096;
/** Listeners whose annotations are kept, and how many of each. */
const MAX_LISTENERS = 64;
const MAX_ANNOTATIONS = 4_096;

/** Undefined for an item that the listener has done nothing with. */
export interface KnownAnnotation {
  readonly annotations: Annotations | undefined;
}

/**
 * Views by id, shared by all readers. A commit drops what it changed before anyone hears of it; a reader that
 * was under way meanwhile stores nothing, since `generation` has moved on.
 */
export class ViewCaches {
  readonly tracks = new LRUCache<number, TrackView>({ max: MAX_TRACKS });
  readonly albums = new LRUCache<number, AlbumView>({ max: MAX_ALBUMS });
  readonly artists = new LRUCache<number, ArtistView>({ max: MAX_ARTISTS });
  readonly assets = new LRUCache<string, StoredAsset>({ max: MAX_ASSETS });
  /** Track to the asset of its original. */
  readonly originals = new LRUCache<number, string>({ max: MAX_TRACKS });
  readonly #annotations = new LRUCache<number, LRUCache<number, KnownAnnotation>>({ max: MAX_LISTENERS });
  #generation = 0;
  #alteredTracks = 0;

  constructor(database: Database) {
    database.follow((changed) => {
      this.#generation++;
      if (changed) for (const row of changed) this.#drop(row);
      else this.#clear();
    });
  }

  get generation(): number {
    return this.#generation;
  }

  /** Grows when a track changes or goes; what was summed up from tracks before is then out of date. */
  get alteredTracks(): number {
    return this.#alteredTracks;
  }

  annotations(user: number): LRUCache<number, KnownAnnotation> {
    let known = this.#annotations.get(user);
    if (!known) {
      known = new LRUCache({ max: MAX_ANNOTATIONS });
      this.#annotations.set(user, known);
    }
    return known;
  }

  #clear(): void {
    this.#alteredTracks++;
    for (const cache of [this.tracks, this.albums, this.artists, this.originals]) cache.clear();
    this.assets.clear();
    this.#annotations.clear();
  }

  #drop({ table, key, rowVersion }: ChangedRow): void {
    switch (table) {
      case 'track':
        this.tracks.delete(Number(key[1]));
        this.originals.delete(Number(key[1]));
        if (rowVersion > 1) this.#alteredTracks++;
        break;
      case 'album':
        this.albums.delete(Number(key[1]));
        break;
      case 'artist':
        this.artists.delete(Number(key[1]));
        break;
      case 'asset':
        this.assets.delete(String(key[1]));
        break;
      case 'annotation':
        this.#annotations.get(Number(key[1]))?.delete(Number(key[2]));
        break;
      default:
        break;
    }
  }
}
