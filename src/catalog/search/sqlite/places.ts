const SEQUENCES = 2 ** 32;
const MAX_BUCKET = 31;

/**
 * Where an item stands: the order of magnitude of its plays, the most played first, then the order of
 * arrival. Queries walk places upwards and stop early, and a play moves an item only when its plays have
 * doubled.
 */
export function placeOf(popularity: number, sequence: number): number {
  const bucket = Math.min(MAX_BUCKET, Math.floor(Math.log2(1 + Math.max(0, popularity))));
  return (MAX_BUCKET - bucket) * SEQUENCES + sequence;
}

/** Stays with an item for as long as it is in the index. */
export function sequenceOf(place: number): number {
  return place % SEQUENCES;
}
