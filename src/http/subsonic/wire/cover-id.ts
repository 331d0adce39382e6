import { type AssetId, isHexId } from '../../../core/index.ts';

const PREFIX = 'cv-';

/** A coverArt id names one picture for ever, so players may keep it: a changed cover has another id. */
export function coverArtId(asset: AssetId): string {
  return PREFIX + asset;
}

export function optionalCoverArtId(asset: AssetId | undefined): string | undefined {
  return asset === undefined ? undefined : coverArtId(asset);
}

/** Undefined for anything that `coverArtId` does not write. */
export function parseCoverArtId(text: string): AssetId | undefined {
  const digits = text.slice(PREFIX.length);
  return text.startsWith(PREFIX) && isHexId(digits) ? (digits as AssetId) : undefined;
}
