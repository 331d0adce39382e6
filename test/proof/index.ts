import { bytes } from './bytes.ts';
import type { Proof } from './proof.ts';
import { secrecy } from './secrecy.ts';
import { start } from './start.ts';

/** One entry a "must show" line, in the order of README. */
export const proofs: readonly Proof[] = [start, bytes, secrecy];
