import type { AlbumRow, ArtistRow } from '../schema.ts';
import type { CatalogTransaction } from '../transaction.ts';
import { sumUpAlbums } from './album-sums.ts';
import { sumUpArtists } from './artist-sums.ts';
import { type CompanionState, replaceCompanion } from './asset-uses.ts';
import { applyCounts } from './counts.ts';
import { Touched } from './touched.ts';
import { replaceTrackLines, type TrackState } from './track-lines.ts';

/** An album or artist that the transaction left without tracks, or gave tracks again. */
export interface Visibility {
  readonly kind: 'album' | 'artist';
  readonly id: number;
  readonly isVisible: boolean;
}

/**
 * The derived tables, kept in step with the tracks that one transaction writes: lines at once, sums at the
 * end. They are functions of the logged rows alone, so that whoever replays a log comes to the same ones.
 */
export class Listings {
  readonly touched = new Touched();
  readonly #tx: CatalogTransaction;
  readonly #isReplay: boolean;

  /** In a replay the rows that sums belong to keep the versions that the log gave them. */
  constructor(tx: CatalogTransaction, options: { readonly isReplay: boolean }) {
    this.#tx = tx;
    this.#isReplay = options.isReplay;
  }

  /** After the track's own row was written, or deleted. */
  async replaceTrack(before: TrackState | undefined, after: TrackState | undefined): Promise<void> {
    await replaceTrackLines(this.#tx, this.touched, before, after);
  }

  /** After a companion's own row was written, or deleted. */
  async replaceCompanion(
    before: CompanionState | undefined,
    after: CompanionState | undefined,
  ): Promise<void> {
    await replaceCompanion(this.#tx, this.touched, before, after);
  }

  /** Once per transaction, when all tracks are in. Answers what appeared and vanished. */
  async sumUp(): Promise<readonly Visibility[]> {
    const changes: Visibility[] = [];
    const albums = await sumUpAlbums(this.#tx, this.touched, (row) => this.#save('album', row));
    for (const { before, after } of albums) {
      if (before.track_count > 0 !== after.track_count > 0) {
        changes.push({ kind: 'album', id: after.id, isVisible: after.track_count > 0 });
      }
    }
    const artists = await sumUpArtists(this.#tx, this.touched, (row) => this.#save('artist', row));
    for (const { before, after } of artists) {
      if ((before.roles === '[]') !== (after.roles === '[]')) {
        changes.push({ kind: 'artist', id: after.id, isVisible: after.roles !== '[]' });
      }
    }
    await applyCounts(this.#tx, this.touched);
    return changes;
  }

  async #save(name: 'album' | 'artist', row: AlbumRow | ArtistRow): Promise<void> {
    if (this.#isReplay) this.#tx.rows.write(name, row);
    else if (name === 'album') await this.#tx.put(name, row as AlbumRow);
    else await this.#tx.put(name, row as ArtistRow);
  }
}
