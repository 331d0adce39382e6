/** One number that a bench found. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it should be; undefined for a figure that is only for comparison. */
  readonly aim?: Aim;
}

export type Aim = { readonly kind: 'at least' | 'at most'; readonly value: number };

export interface BenchResult {
  readonly figures: readonly Figure[];
  /** How it was measured, in sentences. */
  readonly notes: readonly string[];
}

/** What a module in this folder exports. */
export interface Bench {
  readonly name: string;
  /** What is measured and why, in a sentence. */
  readonly aim: string;
  run(): Promise<BenchResult>;
}

/** Thrown where a program that the bench compares with is missing. */
export class BenchSkipped extends Error {
  override readonly name = 'BenchSkipped';
}

export function atLeast(value: number): Aim {
  return { kind: 'at least', value };
}

export function atMost(value: number): Aim {
  return { kind: 'at most', value };
}

/** Undefined where there is no aim. */
export function isMet({ value, aim }: Figure): boolean | undefined {
  if (!aim) return undefined;
  return aim.kind === 'at least' ? value >= aim.value : value <= aim.value;
}
