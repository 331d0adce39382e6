import type { ArtistId } from '../../core/index.ts';
import type { ArtistCredit } from '../port.ts';

/** As a column holds credits: [[artist id, name as credited], ...]. */
export function creditsToJson(credits: readonly ArtistCredit[]): string {
  return JSON.stringify(credits.map(({ id, name }) => [id, name]));
}

export function creditsFromJson(json: string): ArtistCredit[] {
  if (json === '[]') return [];
  // Written by creditsToJson.
  return (JSON.parse(json) as [ArtistId, string][]).map(([id, name]) => ({ id, name }));
}

/** A column that holds a JSON array of texts. */
export function textsFromJson(json: string): readonly string[] {
  return json === '[]' ? [] : (JSON.parse(json) as string[]);
}

/** A column that holds a JSON array of ids. */
export function idsFromJson<Id extends number>(json: string): Id[] {
  return json === '[]' ? [] : (JSON.parse(json) as Id[]);
}

/** What a file says of its release, for the album's own row; absent where it says nothing. */
export interface AlbumFacts {
  readonly sortTitle?: string;
  readonly releaseDate?: string;
  readonly originalReleaseDate?: string;
  readonly releaseTypes?: readonly string[];
  readonly recordLabels?: readonly string[];
  readonly isCompilation?: boolean;
}

export function albumFactsFromJson(json: string): AlbumFacts {
  return json === '{}' ? {} : (JSON.parse(json) as AlbumFacts);
}
