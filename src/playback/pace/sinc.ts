/** Frames that one in between is made of: half of them before it, half behind. */
export const SINC_TAPS = 16;

/**
 * What each of the frames around counts for one that lies a `fraction` behind the middle of them: a sinc under a window
 * (Smith, "Digital Audio Resampling"). Answers the sum of the weights, which the result is to be divided by.
 */
export function sincWeights(fraction: number, weights: Float64Array): number {
  // At a frame itself the sinc is a limit.
  const first = (fraction || 1e-9) + SINC_TAPS / 2 - 1;
  // From frame to frame the sine has the same value, with the other sign.
  let sine = Math.sin(Math.PI * first);
  let sum = 0;
  for (let i = 0; i < SINC_TAPS; i++, sine = -sine) {
    const away = first - i;
    const window = 1 - (away / (SINC_TAPS / 2)) ** 2;
    sum += weights[i] = (sine / away) * window * window;
  }
  return sum;
}
