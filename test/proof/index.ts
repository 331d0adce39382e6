import type { Proof } from './proof.ts';

/** One entry a "must show" line, in the order of README. */
export const proofs: readonly Proof[] = [];
