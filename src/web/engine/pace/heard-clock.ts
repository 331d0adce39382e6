/** What an audio context says of itself at one moment. Its own time is in milliseconds here. */
export interface OutputReading {
  /** Of `performance.now()`. */
  readonly nowMs: number;
  /** `currentTime`: what is being rendered. */
  readonly currentMs: number;
  /** `outputLatency`, or the nearest that the browser has. */
  readonly latencyMs: number;
  /** `getOutputTimestamp()`: what was leaving the device, and when. 0 where it is not known. */
  readonly contextMs: number;
  readonly performanceMs: number;
}

interface Point {
  readonly nowMs: number;
  readonly contextMs: number;
  /** What is added to a moment of the context to know when it is heard. */
  readonly offsetMs: number;
}

/** What counts is the middle of so long: what several devices of a machine are told wrongly at once is then wrong for all. */
const COUNTED_MS = 2_000;
/** Timestamps count while what they say moves by no more than this, besides what jitters from one to the next, in so long. */
const STEADY_MS = 4_000;
const STEADY_WITHIN_MS = 0.4;
const LEAST_HALF = 6;
/** What a drift, and the latency, are learnt from: two minutes of ten readings a second. */
const MOST_POINTS = 1_200;
/** A timestamp that is older than this, or lies further away from what is being rendered, says nothing. */
const MOST_STALE_MS = 1_000;
const MOST_LATENCY_MS = 3_000;
/** Clocks run ahead of each other by rounding. */
const ROUNDING_MS = 2;
/** What `currentTime` and `outputLatency` are good for. */
const GUESS_MS = 25;
const GUESS_EVERY_MS = 80;
/** What rendering is good for, where the latency is known. */
const RENDERING_MS = 3;
/** How far an audio clock is likely to be from the system's, and by how much timestamps stray together, for seconds. */
const LIKELY_DRIFT = 30e-6;
const WANDER_MS = 3;
const MOST_DRIFT = 600e-6;
/** No timestamp is better than this. */
const LEAST_NOISE_MS = 0.1;
const BEFORE_MS = 10_000;
/** What is rendered so much later, at its best in so long, than in the seconds before has lost sound on its way. */
const LOSSES = [
  { newMs: 1_000, lostMs: 32 },
  { newMs: 2_000, lostMs: 16 },
];

/**
 * When what a context renders is heard. What is handed over is heard at a steady rate until some is lost, but timestamps of it
 * wander: by tens of milliseconds while a sound system settles, by hundreds on a busy machine, and may be stale or zero. They
 * count while they stand still; from then on it is known how much later than it is rendered, at its best, sound is heard, and that
 * has to do while they move. Without any timestamp, `currentTime` and `outputLatency` have to.
 */
export class HeardClock {
  #points: Point[] = [];
  /** How far rendering was behind, at moments of the last seconds. */
  #behind: { readonly nowMs: number; readonly behindMs: number }[] = [];
  #isGuess = true;
  #lastMs = Number.NaN;
  /** How much later than at its best it is rendered it is heard; undefined until timestamps stood still. */
  #latencyMs: number | undefined;
  #latencies: number[] = [];
  /** Timestamps stood still, and nothing was lost since. */
  #isKnown = false;
  #atMs = 0;
  #offsetMs = 0;
  #drift = 0;
  /** As it was before sound was lost. */
  #driftBefore = 0;
  #noiseMs = 0;

  /** `latencyMs`: what was learnt of the same output before. */
  constructor(latencyMs?: number) {
    this.#latencyMs = latencyMs;
  }

  get points(): number {
    return this.#points.length;
  }

  /** What is to be remembered of the output. */
  get latencyMs(): number | undefined {
    return this.#latencyMs;
  }

  /** Milliseconds of `performance.now()` that pass while a millisecond of the context is heard, less 1. */
  get drift(): number {
    return this.#drift;
  }

  /** When a moment of the context is heard. */
  heardMs(contextMs: number): number {
    return contextMs + this.#offsetMs + this.#drift * (contextMs - this.#atMs);
  }

  /** What the context renders to be heard at a time. */
  contextMs(heardMs: number): number {
    return this.#atMs + (heardMs - this.#atMs - this.#offsetMs) / (1 + this.#drift);
  }

  get uncertaintyMs(): number {
    if (this.points === 0) return Number.POSITIVE_INFINITY;
    if (this.#isGuess) return Math.max(LEAST_NOISE_MS, this.#noiseMs) + GUESS_MS;
    if (this.#isKnown) return Math.max(LEAST_NOISE_MS, this.#noiseMs);
    return this.#latencyMs === undefined ? GUESS_MS : RENDERING_MS;
  }

  /** The more often, the better: what is not new costs little. */
  add(reading: OutputReading): void {
    const { contextMs, performanceMs, nowMs, currentMs, latencyMs } = reading;
    // What was lost meanwhile nobody saw.
    if (nowMs - (this.#behind.at(-1)?.nowMs ?? nowMs) > BEFORE_MS) this.reset();
    this.#watch(nowMs, nowMs - currentMs);
    const isGuess = !isTrue(reading);
    const sinceMs = nowMs - this.#lastMs;
    if (isGuess && (this.#isGuess ? sinceMs < GUESS_EVERY_MS : sinceMs < MOST_STALE_MS)) return;
    // Known already: nothing was handed to the device meanwhile.
    if (!isGuess && performanceMs === this.#lastMs) return;
    if (isGuess !== this.#isGuess) this.#points = [];
    this.#isGuess = isGuess;
    this.#lastMs = isGuess ? nowMs : performanceMs;
    const point = isGuess
      ? { nowMs, contextMs: currentMs, offsetMs: nowMs + latencyMs - currentMs }
      : { nowMs, contextMs, offsetMs: performanceMs - contextMs };
    this.#points = [...this.#points, point].slice(-MOST_POINTS);
    this.#fit(point);
  }

  /** To be called where the context stood still. */
  reset(): void {
    this.#points = [];
    this.#behind = [];
    this.#isKnown = false;
  }

  /** Notes how far rendering is behind, and what was lost. */
  #watch(nowMs: number, behindMs: number): void {
    this.#behind = [...this.#behind.filter((one) => one.nowMs > nowMs - BEFORE_MS), { nowMs, behindMs }];
    for (const { newMs, lostMs } of LOSSES) {
      const best = (isNew: boolean) =>
        Math.min(...this.#behind.flatMap((one) => (one.nowMs > nowMs - newMs === isNew ? one.behindMs : [])));
      if (best(true) - best(false) <= lostMs) continue;
      this.#driftBefore = this.#drift;
      this.#points = [];
      this.#isKnown = false;
      this.#behind = this.#behind.filter((one) => one.nowMs > nowMs - newMs);
    }
  }

  #fit(newest: Point): void {
    const { nowMs } = newest;
    const counted = this.#points.filter((point) => point.nowMs > nowMs - COUNTED_MS);
    const newMs = middleOf(counted);
    const before = this.#points.filter(
      (point) => point.nowMs > nowMs - STEADY_MS && point.nowMs <= nowMs - COUNTED_MS,
    );
    const jitterMs = middle(
      counted.slice(1).map(({ offsetMs }, i) => Math.abs(offsetMs - (counted[i]?.offsetMs ?? 0))),
    );
    // Of a normal distribution, the median of what lies beside the middle is 0.67 of its deviation.
    const noiseMs = middle(counted.map(({ offsetMs }) => Math.abs(offsetMs - newMs))) / 0.67;
    const isSteady =
      !this.#isGuess &&
      Math.min(before.length, counted.length) >= LEAST_HALF &&
      Math.abs(newMs - middleOf(before)) < STEADY_WITHIN_MS + jitterMs &&
      noiseMs < STEADY_WITHIN_MS + 2 * jitterMs;
    const bestMs = Math.min(...this.#behind.map(({ behindMs }) => behindMs));
    if (isSteady) {
      this.#isKnown = true;
      this.#latencies = [...this.#latencies, newMs - bestMs].slice(-MOST_POINTS);
      this.#latencyMs = middle(this.#latencies);
      this.#drift = this.#driftOf(this.#points);
      this.#noiseMs = noiseMs;
    } else if (!this.#isGuess) {
      // What moved is no drift.
      this.#driftBefore = this.#drift;
      this.#points = this.#points.filter((point) => point.nowMs > nowMs - STEADY_MS);
      // What was known holds: it is timestamps that moved, and not what is heard.
      if (this.#isKnown) return;
    }
    const isRendering = !this.#isGuess && !isSteady && this.#latencyMs !== undefined;
    this.#atMs = newest.contextMs;
    this.#offsetMs = isRendering ? bestMs + (this.#latencyMs ?? 0) : newMs;
  }

  /** By least squares, drawn towards what was known before while the points say little about it. */
  #driftOf(points: readonly Point[]): number {
    const meanMs = points.reduce((sum, { contextMs }) => sum + contextMs, 0) / points.length;
    const meanOffsetMs = points.reduce((sum, { offsetMs }) => sum + offsetMs, 0) / points.length;
    let [both, spread] = [0, 0];
    for (const { contextMs, offsetMs } of points) {
      both += (contextMs - meanMs) * (offsetMs - meanOffsetMs);
      spread += (contextMs - meanMs) ** 2;
    }
    const doubt = (WANDER_MS / LIKELY_DRIFT) ** 2;
    const drift = (both + doubt * this.#driftBefore) / (spread + doubt);
    return Math.max(-MOST_DRIFT, Math.min(drift, MOST_DRIFT));
  }
}

function isTrue({ contextMs, performanceMs, nowMs, currentMs }: OutputReading): boolean {
  const staleMs = nowMs - performanceMs;
  // What was rendered last is heard so much later than now.
  const latencyMs = performanceMs + (currentMs - contextMs) - nowMs;
  return (
    performanceMs > 0 &&
    contextMs > 0 &&
    contextMs <= currentMs + ROUNDING_MS &&
    staleMs < MOST_STALE_MS &&
    staleMs > -MOST_LATENCY_MS &&
    latencyMs > -MOST_STALE_MS &&
    latencyMs < MOST_LATENCY_MS
  );
}

function middleOf(points: readonly Point[]): number {
  return middle(points.map(({ offsetMs }) => offsetMs));
}

export function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
