/** A count that must be exactly what is wanted: lost, wrong, doubled, truncated or skipped things. */
export interface Gate {
  readonly got: number | string | boolean;
  readonly wanted: number | string | boolean;
}

export interface ProofResult {
  readonly gates: Readonly<Record<string, Gate>>;
  /** Times, rates and sizes, for people to judge. */
  readonly figures: Readonly<Record<string, unknown>>;
}

export interface ProofOptions {
  /** Small counts, as `npm run check` uses. */
  readonly small: boolean;
  readonly seed: number;
  /** In place of a proof's own, where it counts something that may be more or less. */
  readonly count?: number;
  readonly say: (text: string) => void;
}

export interface Proof {
  readonly name: string;
  readonly shows: string;
  run(options: ProofOptions): Promise<ProofResult>;
}

export function gate(got: Gate['got'], wanted: Gate['wanted']): Gate {
  return { got, wanted };
}
