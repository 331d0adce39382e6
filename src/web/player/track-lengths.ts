import type { TrackSource } from '../engine/port.ts';

/** The ones that were opened longest ago go first. */
const MOST_KNOWN = 1_000;

/** How long tracks are to the sample, which their packet tables say: of those that this page has opened. */
export class TrackLengths {
  readonly #known = new Map<string, number>();
  readonly #listeners = new Set<() => void>();

  /** In milliseconds, as a fraction. */
  of(trackId: string): number | undefined {
    return this.#known.get(trackId);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  note(trackId: string, durationMs: number): void {
    this.#known.delete(trackId);
    this.#known.set(trackId, durationMs);
    const [oldest = ''] = this.#known.keys();
    if (this.#known.size > MOST_KNOWN) this.#known.delete(oldest);
    for (const listener of this.#listeners) listener();
  }

  /** The same source; what it opens becomes known here. */
  noting(source: TrackSource): TrackSource {
    return {
      open: async (trackId, signal) => {
        const opened = await source.open(trackId, signal);
        const { sampleCount, sampleRateHz } = opened.table;
        this.note(trackId, (1000 * sampleCount) / sampleRateHz);
        return opened;
      },
    };
  }
}
