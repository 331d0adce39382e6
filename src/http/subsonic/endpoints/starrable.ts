import type { Starrable } from '../../../catalog/index.ts';
import { type AnyId, nothingHasId } from '../params.ts';

/** What can be starred, rated, or be the seed of similar tracks. */
export function starrable(id: AnyId): Starrable {
  switch (id.kind) {
    case 'tr':
      return { kind: 'track', id: id.id };
    case 'al':
      return { kind: 'album', id: id.id };
    case 'ar':
      return { kind: 'artist', id: id.id };
    default:
      throw nothingHasId();
  }
}
