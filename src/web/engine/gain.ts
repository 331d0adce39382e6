import type { EngineItem, EngineSettings } from './port.ts';

/** The factor of ReplayGain for an item: never so great that its peak would be cut off. */
export function replayGainOf(
  item: EngineItem,
  { replayGain, preampDb }: Pick<EngineSettings, 'replayGain' | 'preampDb'>,
): number {
  if (replayGain === 'off') return 1;
  const ofAlbum = replayGain === 'album';
  const gainDb = (ofAlbum ? item.albumGainDb : undefined) ?? item.trackGainDb ?? item.albumGainDb ?? 0;
  const peak = (ofAlbum ? item.albumPeak : undefined) ?? item.trackPeak ?? item.albumPeak;
  const wanted = 10 ** ((gainDb + preampDb) / 20);
  // A peak that is not known may be full scale.
  return Math.min(wanted, peak === undefined || peak <= 0 ? 1 : 1 / peak);
}

/** Loudness as people hear it: half the way sounds half as loud. 1 changes no bit. */
export function volumeFactor({ volume, muted }: Pick<EngineSettings, 'volume' | 'muted'>): number {
  return muted ? 0 : Math.min(1, Math.max(0, volume)) ** 3;
}

/** Of equal power: the squares of a fade in and of the fade out beside it add up to 1. */
export function fadeFactor(part: number): number {
  return Math.sin((Math.min(1, Math.max(0, part)) * Math.PI) / 2);
}
