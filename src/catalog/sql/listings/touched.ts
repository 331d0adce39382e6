import type { TallyRow } from '../schema.ts';

/** A count that changed, of a row that may come into being or vanish by it. */
export interface Delta<Key> {
  readonly key: Key;
  by: number;
}

export interface GenreSpelling {
  readonly vb: number;
  readonly genre_key: string;
  readonly library_id: string;
  readonly name: string;
}

export type TallyKey = Omit<TallyRow, 'total'>;

/** What the tracks of one transaction have changed that is summed up once, at its end. */
export class Touched {
  readonly albums = new Set<number>();
  /** From an album to the one that a track of it went to last. */
  readonly albumSuccessors = new Map<number, number>();
  /** From an artist to the one that took their place in a track's credits last. */
  readonly artistSuccessors = new Map<number, number>();
  /** Artist to the albums and libraries in which their part may have changed. */
  readonly artists = new Map<number, { readonly albums: Set<number>; readonly libraries: Set<string> }>();
  readonly assets = new Set<string>();
  readonly genres = new Map<string, Delta<GenreSpelling>>();
  readonly tallies = new Map<string, Delta<TallyKey>>();

  album(id: number): void {
    this.albums.add(id);
  }

  artist(id: number, albumId: number, libraryId: string): void {
    const { albums, libraries } = this.artistRow(id);
    albums.add(albumId);
    libraries.add(libraryId);
  }

  /** An artist of whom only the row itself changed. */
  artistRow(id: number): { readonly albums: Set<number>; readonly libraries: Set<string> } {
    let touched = this.artists.get(id);
    if (!touched) {
      touched = { albums: new Set(), libraries: new Set() };
      this.artists.set(id, touched);
    }
    return touched;
  }

  asset(id: string): void {
    this.assets.add(id);
  }

  genre(key: GenreSpelling, by: number): void {
    add(this.genres, `${key.library_id}\0${key.genre_key}\0${key.name}`, key, by);
  }

  tally(key: TallyKey, by: number): void {
    add(this.tallies, `${key.library_id}\0${key.kind}\0${key.name}`, key, by);
  }
}

function add<Key>(deltas: Map<string, Delta<Key>>, name: string, key: Key, by: number): void {
  const delta = deltas.get(name);
  if (delta) delta.by += by;
  else deltas.set(name, { key, by });
}
