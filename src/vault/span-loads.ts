import type { Span } from './read-plan.ts';

/** Loads that began together, one a column. */
export class SpanLoads {
  readonly #pending: Set<Span>;
  readonly #lost: Span[] = [];
  /** When none is pending any more; rejects as the first that does, which is only where the reader was cancelled. */
  readonly ended: Promise<void>;

  /** `load` answers whether the bytes are there. */
  constructor(spans: readonly Span[], load: (span: Span) => Promise<boolean>) {
    this.#pending = new Set(spans);
    this.ended = this.#loadAll(spans, load);
    this.ended.catch(() => undefined);
  }

  get pending(): ReadonlySet<Span> {
    return this.#pending;
  }

  /** So far. */
  get lost(): readonly Span[] {
    return this.#lost;
  }

  async #loadAll(spans: readonly Span[], load: (span: Span) => Promise<boolean>): Promise<void> {
    await Promise.all(
      spans.map(async (span) => {
        if (!(await load(span))) this.#lost.push(span);
        this.#pending.delete(span);
      }),
    );
  }
}
