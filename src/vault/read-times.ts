import type { NodeId } from '../core/index.ts';

/** Of each node so many reads are remembered, and none for longer than a minute: a node may have recovered. */
const MOST_SAMPLES = 32;
const LONGEST_MEMORY_MS = 60_000;
/** Fewer say nothing about a node. */
const LEAST_SAMPLES = 8;
/** What was made of samples holds for so long, or for so many more of them. */
const SUMMARY_MS = 1_000;
const SUMMARY_SAMPLES = 8;

/** Where nothing is known yet, and the bounds of what is. */
const DEFAULT_LATE_MS = 250;
const SOONEST_LATE_MS = 20;
const LATEST_LATE_MS = 300;
const LATE_FACTOR = 1.5;

/** A node is slow that takes so many times as long as the others do, and noticeably long at all. */
const SLOW_FACTOR = 4;
const LEAST_SLOW_MS = 50;

/** One in twenty reads of a node may be made up for elsewhere while it goes on, saved up to a few. */
const BUDGET_PER_READ = 1 / 20;
const LARGEST_BUDGET = 8;

interface Summary {
  /** Undefined where too few reads were made lately. */
  readonly medianMs: number | undefined;
  readonly lateAfterMs: number;
}

interface NodeTimes {
  readonly samples: { readonly tookMs: number; readonly atMs: number }[];
  budget: number;
  /** A read of it was late, and none has ended well since. */
  isLate: boolean;
  summary: Summary;
  summaryUntilMs: number;
  samplesLeft: number;
}

/**
 * How long reads of each node took lately: who is late, who is slow, and how often that may be made up for by
 * reading elsewhere as well (hedged requests: Dean and Barroso, "The Tail at Scale", CACM 56(2), 2013).
 */
export class ReadTimes {
  readonly #now: () => number;
  readonly #nodes = new Map<NodeId, NodeTimes>();

  /** Milliseconds; may go back, which makes samples look new. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** A read that is about to begin; it earns its share of the budget. Returns what to call at its end, or when it is given up: whether its bytes came. */
  begin(id: NodeId): (hasCome: boolean) => void {
    const times = this.#of(id);
    times.budget = Math.min(LARGEST_BUDGET, times.budget + BUDGET_PER_READ);
    const beganMs = this.#now();
    return (hasCome) => {
      if (hasCome) times.isLate = false;
      const atMs = this.#now();
      const tookMs = Math.max(0, atMs - beganMs);
      // What fails at once says nothing of how quick a node is.
      if (!hasCome && tookMs < times.summary.lateAfterMs) return;
      times.samples.push({ tookMs, atMs });
      if (times.samples.length > MOST_SAMPLES) times.samples.shift();
      times.samplesLeft--;
    };
  }

  /** How long to wait for a node before its bytes are looked for elsewhere too. */
  lateAfterMs(id: NodeId): number {
    return this.#summaryOf(id).lateAfterMs;
  }

  /** One that is late counts as slow until it answers. */
  callLate(id: NodeId): void {
    this.#of(id).isLate = true;
  }

  /** A read of it was called late, and none has ended well since. */
  isLate(id: NodeId): boolean {
    return this.#nodes.get(id)?.isLate === true;
  }

  /** Late right now, or much slower lately than most of the others. */
  isSlow(id: NodeId): boolean {
    if (this.isLate(id)) return true;
    const own = this.#summaryOf(id).medianMs;
    if (own === undefined || own < LEAST_SLOW_MS) return false;
    const others = [...this.#nodes.keys()].flatMap((other) =>
      other === id ? [] : (this.#summaryOf(other).medianMs ?? []),
    );
    return others.length > 0 && own > SLOW_FACTOR * quantile(others, 0.5);
  }

  /** True, once, where the budget allows to read elsewhere while a read of this node goes on. */
  spend(id: NodeId): boolean {
    const times = this.#of(id);
    if (times.budget < 1) return false;
    times.budget--;
    return true;
  }

  #summaryOf(id: NodeId): Summary {
    const times = this.#of(id);
    const nowMs = this.#now();
    if (nowMs >= times.summaryUntilMs || times.samplesLeft <= 0) {
      times.summary = summaryOf(times.samples.filter(({ atMs }) => atMs > nowMs - LONGEST_MEMORY_MS));
      times.summaryUntilMs = nowMs + SUMMARY_MS;
      times.samplesLeft = SUMMARY_SAMPLES;
    }
    return times.summary;
  }

  #of(id: NodeId): NodeTimes {
    let times = this.#nodes.get(id);
    if (!times) {
      times = {
        samples: [],
        budget: LARGEST_BUDGET,
        isLate: false,
        summary: UNKNOWN,
        summaryUntilMs: 0,
        samplesLeft: SUMMARY_SAMPLES,
      };
      this.#nodes.set(id, times);
    }
    return times;
  }
}

const UNKNOWN: Summary = { medianMs: undefined, lateAfterMs: DEFAULT_LATE_MS };

function summaryOf(samples: readonly { readonly tookMs: number }[]): Summary {
  if (samples.length < LEAST_SAMPLES) return UNKNOWN;
  const times = samples.map(({ tookMs }) => tookMs);
  const medianMs = quantile(times, 0.5);
  // A node that has always been slow is not late each time.
  const latestMs = Math.max(LATEST_LATE_MS, 2 * medianMs);
  return {
    medianMs,
    lateAfterMs: Math.min(latestMs, Math.max(SOONEST_LATE_MS, LATE_FACTOR * quantile(times, 0.95))),
  };
}

/** The smallest value that so large a share of them does not exceed. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
