import { type Call, routes, type Track } from '../../api/index.ts';
import type { Shelf } from './instance.ts';

const IDS_PER_CALL = 1_000;
/** Around the current item: enough to be shown before the server answers. */
const MOST_ON_SHELF = 60;
/** Of one page; the ones that were used longest ago go first. */
const MOST_KNOWN = 40_000;

export interface KnownTracksOptions {
  readonly call: Call;
  readonly shelf: Shelf;
  readonly key: string;
  /** More of them are known than before. */
  readonly onChange: () => void;
}

/** Titles, covers and gains of what a session names by ids alone. */
export class KnownTracks {
  readonly #options: KnownTracksOptions;
  readonly #known = new Map<string, Track>();
  readonly #asked = new Set<string>();
  #asking: Promise<void> | undefined;

  constructor(options: KnownTracksOptions) {
    this.#options = options;
    this.add(read(options.shelf.getItem(options.key)));
  }

  add(tracks: readonly Track[]): void {
    for (const track of tracks) {
      this.#known.delete(track.id);
      this.#known.set(track.id, track);
    }
    for (const id of this.#known.keys()) {
      if (this.#known.size <= MOST_KNOWN) return;
      this.#known.delete(id);
    }
  }

  /** What is not known yet is asked for, and has no title meanwhile; nor has a track that is gone. */
  of(trackId: string, durationMs: number): Track {
    return this.#known.get(trackId) ?? unknownTrack(trackId, durationMs);
  }

  /** Asks for those that are missing, the first ones first. */
  want(trackIds: Iterable<string>): void {
    const missing = [...new Set(trackIds)].filter((id) => !this.#known.has(id) && !this.#asked.has(id));
    if (missing.length === 0) return;
    for (const id of missing) this.#asked.add(id);
    this.#asking = (this.#asking ?? Promise.resolve()).then(() => this.#ask(missing));
  }

  /** What could not be asked for is asked for again. */
  again(): void {
    for (const id of this.#asked) if (!this.#known.has(id)) this.#asked.delete(id);
  }

  /** Keeps those for when the page is loaded anew. */
  keep(trackIds: readonly string[]): void {
    const { shelf, key } = this.#options;
    const kept = trackIds.slice(0, MOST_ON_SHELF).flatMap((id) => this.#known.get(id) ?? []);
    try {
      shelf.setItem(key, JSON.stringify(kept));
    } catch {
      // A full storage costs titles until the server answers.
    }
  }

  async #ask(missing: readonly string[]): Promise<void> {
    const { call, onChange } = this.#options;
    for (let from = 0; from < missing.length; from += IDS_PER_CALL) {
      const ids = missing.slice(from, from + IDS_PER_CALL);
      try {
        const { tracks } = await call(routes.tracksById, { body: { ids } });
        this.add(tracks);
      } catch {
        for (const id of missing.slice(from)) this.#asked.delete(id);
        return;
      }
      onChange();
    }
  }
}

function read(stored: string | null): readonly Track[] {
  try {
    const found: unknown = JSON.parse(stored ?? '[]');
    return Array.isArray(found) ? (found as Track[]) : [];
  } catch {
    return [];
  }
}

function unknownTrack(id: string, durationMs: number): Track {
  return {
    id,
    title: '',
    album: '',
    albumId: '',
    displayArtist: '',
    artists: [],
    displayAlbumArtist: '',
    genres: [],
    durationMs,
    replayGain: {},
    hasLyrics: false,
    suffix: '',
    createdAtMs: 0,
    playCount: 0,
  };
}
