import type { ReplayGain as ReplayGainView } from '../../../catalog/index.ts';

/** https://opensubsonic.netlify.app/docs/responses/replaygain/ */
export type ReplayGain = {
  readonly trackGain?: number | undefined;
  readonly albumGain?: number | undefined;
  readonly trackPeak?: number | undefined;
  readonly albumPeak?: number | undefined;
};

export function replayGain(view: ReplayGainView): ReplayGain {
  return {
    trackGain: view.trackGainDb,
    albumGain: view.albumGainDb,
    trackPeak: view.trackPeak,
    albumPeak: view.albumPeak,
  };
}
