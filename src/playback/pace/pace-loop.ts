/** Nobody hears a pitch that is off by so much: a twentieth of a semitone. */
export const MOST_CORRECTION = 0.003;
/** Further away than this it goes in one step, unless that may be a mistake: to make it up would take ten seconds. */
export const LEAP_MS = 30;
const LEAP_DOUBTS = 3;
/** An error is made up in about so long. */
const SETTLE_MS = 2_500;
/** Nothing is done about less: at a rate of exactly 1 frames stay as they are. */
const DEAD_MS = 0.02;
/** Errors of which the middle one counts, and without which there is no leap. */
const MEDIAN_OF = 5;
const LEAST_FOR_LEAP = 3;
/** Between two measurements; a page that slept did not correct anything meanwhile. */
const LONGEST_STEP_MS = 2_000;

export type Correction =
  /** Times the music's own rate. */
  { readonly kind: 'rate'; readonly factor: number } | { readonly kind: 'leap' };

/**
 * From errors to corrections. It goes by the middle of the newest errors, each less what was corrected since, so that the
 * filter delays nothing and nothing swings; in proportion to that beside what is known of the clocks' drift; and within bounds.
 */
export class PaceLoop {
  #errors: { readonly errorMs: number; readonly madeUpMs: number }[] = [];
  /** What corrections have added to the error since the beginning. */
  #madeUpMs = 0;
  #correction = 0;
  #atMs = Number.NaN;
  #filteredMs = 0;

  /** The middle of the newest errors, as of now. */
  get errorMs(): number {
    return this.#filteredMs;
  }

  /**
   * `errorMs`: heard less wanted, at a time of any steady clock, by so much in doubt. `drift`: by which part the audio clock
   * has to be hurried to go as the shared time does.
   */
  next(atMs: number, errorMs: number, drift: number, doubtMs = 0): Correction {
    const stepMs = Number.isNaN(this.#atMs) ? 0 : Math.max(0, Math.min(atMs - this.#atMs, LONGEST_STEP_MS));
    this.#atMs = atMs;
    this.#madeUpMs += this.#correction * stepMs;
    this.#errors = [...this.#errors, { errorMs, madeUpMs: this.#madeUpMs }].slice(-MEDIAN_OF);
    const current = this.#errors.map((one) => one.errorMs + this.#madeUpMs - one.madeUpMs);
    this.#filteredMs = current.sort((a, b) => a - b)[current.length >> 1] ?? 0;
    const leapMs = Math.max(LEAP_MS, LEAP_DOUBTS * doubtMs);
    if (Math.abs(this.#filteredMs) > leapMs && current.length >= LEAST_FOR_LEAP) {
      this.reset();
      return { kind: 'leap' };
    }
    const beyondMs = Math.sign(this.#filteredMs) * Math.max(0, Math.abs(this.#filteredMs) - DEAD_MS);
    const known = clamped(drift);
    this.#correction = clamped(known - beyondMs / SETTLE_MS) - known;
    return { kind: 'rate', factor: 1 + known + this.#correction };
  }

  /** After a leap or a start: what was measured before holds no longer. */
  reset(): void {
    this.#errors = [];
    this.#correction = 0;
    this.#madeUpMs = 0;
    this.#atMs = Number.NaN;
  }
}

function clamped(part: number): number {
  return Math.max(-MOST_CORRECTION, Math.min(part, MOST_CORRECTION));
}
