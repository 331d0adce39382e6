import type { ReplayGain } from '../../catalog/index.ts';
import { customValuesOf, type NativeTags } from './native.ts';

/** Opus gains aim at -23 LUFS (RFC 7845 section 5.2.1), ReplayGain 2.0 at -18. */
const OPUS_TO_REPLAY_GAIN_DB = 5;
const MOST_GAIN_DB = 64;
const MOST_PEAK = 16;

function numberIn(values: readonly unknown[], most: number): number | undefined {
  const [value] = values;
  const text = typeof value === 'string' ? /^\s*([+-]?\d+(?:[.,]\d+)?)/.exec(value)?.[1] : undefined;
  if (text === undefined) return undefined;
  const number = Number(text.replace(',', '.'));
  return Math.abs(number) <= most ? number : undefined;
}

/** Q7.8 fixed point, as a decimal integer. */
function opusGain(values: readonly unknown[]): number | undefined {
  const [value] = values;
  if (typeof value !== 'string' || !/^\s*[+-]?\d{1,5}\s*$/.test(value)) return undefined;
  const gain = Number(value) / 256;
  return Math.abs(gain) <= 128 ? Math.round((gain + OPUS_TO_REPLAY_GAIN_DB) * 100) / 100 : undefined;
}

export function replayGainOf(tags: NativeTags): ReplayGain {
  const trackGainDb =
    numberIn(customValuesOf(tags, 'REPLAYGAIN_TRACK_GAIN'), MOST_GAIN_DB) ??
    opusGain(customValuesOf(tags, 'R128_TRACK_GAIN'));
  const albumGainDb =
    numberIn(customValuesOf(tags, 'REPLAYGAIN_ALBUM_GAIN'), MOST_GAIN_DB) ??
    opusGain(customValuesOf(tags, 'R128_ALBUM_GAIN'));
  const trackPeak = numberIn(customValuesOf(tags, 'REPLAYGAIN_TRACK_PEAK'), MOST_PEAK);
  const albumPeak = numberIn(customValuesOf(tags, 'REPLAYGAIN_ALBUM_PEAK'), MOST_PEAK);
  return {
    ...(trackGainDb !== undefined && { trackGainDb }),
    ...(trackPeak !== undefined && trackPeak >= 0 && { trackPeak }),
    ...(albumGainDb !== undefined && { albumGainDb }),
    ...(albumPeak !== undefined && albumPeak >= 0 && { albumPeak }),
  };
}
