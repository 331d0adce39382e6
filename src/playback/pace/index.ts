export { PaceLoop } from './pace-loop.ts';
export { SINC_TAPS, sincWeights } from './sinc.ts';
