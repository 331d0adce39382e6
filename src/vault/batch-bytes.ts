import type { Bytes, NodeId } from '../core/index.ts';
import type { ColumnPlaces } from './column-places.ts';
import type { ColumnSource } from './column-source.ts';
import { freeBytes } from './free-bytes.ts';
import { offsetOf } from './layout.ts';
import type { Span } from './read-plan.ts';
import { SpanLoads } from './span-loads.ts';

interface LoadedSpan extends Span {
  readonly bytes: Bytes;
  readonly nodeId: NodeId;
}

/** Sealed bytes of one chunk's place in a column, and the node that gave them; nothing is verified yet. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly nodeId: NodeId;
}

/** The sealed bytes that a reader holds for one batch. */
export class BatchBytes {
  readonly #source: ColumnSource;
  readonly #places: ColumnPlaces;
  readonly #signal: AbortSignal;
  readonly #loaded: LoadedSpan[] = [];
  /** Columns that are slow, late or lost: nobody waits for them as long as others make up for them. */
  #left: ReadonlySet<number> = new Set();
  #isShort = false;

  constructor(source: ColumnSource, places: ColumnPlaces, signal: AbortSignal) {
    this.#source = source;
    this.#places = places;
    this.#signal = signal;
  }

  /**
   * Loads one span a column, all at once. For columns that no node has, or whose nodes are slow or late, it loads the
   * same rows of the other columns and of as much parity. Late nodes go on: what they give in time is taken, and one
   * that never answers is found out by its silence.
   */
  async loadSpans(spans: readonly Span[]): Promise<void> {
    const { m } = this.#places.layout.policy;
    const late: SpanLoads[] = [];
    const missing = this.#slow(spans);
    for (const span of missing) if (this.#source.mayReadTwice(this.#places, span.column)) this.#try(span);
    let asked = missing.length === 0 ? spans : this.#around(missing, spans);
    for (;;) {
      this.#left = new Set(missing.map(({ column }) => column));
      const loads = new SpanLoads(asked, (span) => this.#load(span));
      const more = await this.#missingOf(loads, late, m - missing.length);
      this.#isShort = missing.length + more.length > m;
      if (more.length === 0 || this.#isShort) return;
      if (loads.pending.size > 0) late.push(loads);
      missing.push(...more);
      asked = this.#around(missing);
    }
  }

  /** More columns are missing than parity makes up for, so that most likely some chunk cannot be had. */
  get isShort(): boolean {
    return this.#isShort;
  }

  get loadedBytes(): number {
    return this.#loaded.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** The bytes of a chunk's place, if a loaded span has them. */
  loaded(row: number, slot: number, column: number): Piece | undefined {
    const startBytes = offsetOf(row, slot);
    const endBytes = startBytes + this.#places.layout.pieceBytes(row, slot, column);
    const span = this.#loaded.find(
      (one) => one.column === column && one.startBytes <= startBytes && endBytes <= one.endBytes,
    );
    return (
      span && {
        bytes: span.bytes.subarray(startBytes - span.startBytes, endBytes - span.startBytes),
        nodeId: span.nodeId,
      }
    );
  }

  /** The longest loaded stretch of these bytes of a column. */
  within(
    column: number,
    startBytes: number,
    endBytes: number,
  ): { readonly startBytes: number; readonly bytes: Uint8Array } | undefined {
    let longest: { readonly startBytes: number; readonly bytes: Uint8Array } | undefined;
    for (const span of this.#loaded) {
      const from = Math.max(span.startBytes, startBytes);
      const to = Math.min(span.endBytes, endBytes);
      if (span.column !== column || to - from <= (longest?.bytes.length ?? 0)) continue;
      longest = {
        startBytes: from,
        bytes: span.bytes.subarray(from - span.startBytes, to - span.startBytes),
      };
    }
    return longest;
  }

  /** The bytes of a chunk's place, fetched alone if need be; undefined where no node has them (see FindOptions). */
  async piece(row: number, slot: number, column: number, insist: boolean): Promise<Piece | undefined> {
    const known = this.loaded(row, slot, column);
    if (known) return known;
    if (!insist && this.#left.has(column)) return undefined;
    const startBytes = offsetOf(row, slot);
    const endBytes = startBytes + this.#places.layout.pieceBytes(row, slot, column);
    const span = { column, startBytes, endBytes };
    return (await this.#load(span, insist)) ? this.loaded(row, slot, column) : undefined;
  }

  /** Frees the sealed bytes without waiting for the garbage collector. Nothing may use them afterwards. */
  free(): void {
    for (const { bytes } of this.#loaded.splice(0)) freeBytes(bytes);
  }

  async #load(span: Span, insist?: boolean): Promise<boolean> {
    const found = await this.#source.find(this.#places, span, { signal: this.#signal, insist });
    if (found) this.#loaded.push({ ...span, ...found });
    return found !== undefined;
  }

  /** A look at whether a node is slow still; nobody waits for it. */
  #try(span: Span): void {
    this.#load(span).catch(() => undefined);
  }

  /** Spans whose nodes are slow, as many as parity on quicker ones makes up for besides what is gone. */
  #slow(spans: readonly Span[]): Span[] {
    const { k, m } = this.#places.layout.policy;
    if (m === 0) return [];
    const slow = spans.filter(({ column }) => this.#isSlow(column));
    if (slow.length === 0) return slow;
    const isThere = (column: number): boolean => !this.#source.isGone(this.#places, column);
    const parity = Array.from({ length: m }, (_, i) => k + i);
    const quick = parity.filter((column) => isThere(column) && !this.#isSlow(column)).length;
    const gone = spans.filter(({ column }) => !isThere(column)).length;
    return slow.filter(({ column }) => isThere(column)).slice(0, Math.max(0, quick - gone));
  }

  #isSlow(column: number): boolean {
    return this.#source.isSlow(this.#places, column);
  }

  /**
   * What parity has to make up for: spans that are lost, and those that are late, where it could and the budgets of their
   * nodes allow it. Nothing, once what was late before has come after all.
   */
  async #missingOf(loads: SpanLoads, late: readonly SpanLoads[], spare: number): Promise<readonly Span[]> {
    const ended = loads.ended.then(() => false as const);
    const ends = late.length === 0 ? [ended] : [ended, this.#haveCome(late, ended)];
    if (spare > 0 && loads.pending.size > 0) {
      const patience = Promise.withResolvers<false>();
      const lateAfterMs = Array.from(loads.pending, ({ column }) =>
        this.#source.lateAfterMs(this.#places, column),
      );
      const timer = setTimeout(() => patience.resolve(false), Math.max(...lateAfterMs));
      const hasCome = await Promise.race([...ends, patience.promise]).finally(() => clearTimeout(timer));
      if (hasCome) return [];
      const missing = [...loads.pending, ...loads.lost];
      if (loads.pending.size > 0 && missing.length <= spare && this.#givesUp(loads.pending)) return missing;
    }
    return (await Promise.race(ends)) ? [] : loads.lost;
  }

  /** True when all that were late have given their bytes; false with the others where some gave none. */
  async #haveCome(late: readonly SpanLoads[], ended: Promise<false>): Promise<boolean> {
    await Promise.all(late.map((loads) => loads.ended));
    return late.every(({ lost }) => lost.length === 0) || ended;
  }

  #givesUp(late: ReadonlySet<Span>): boolean {
    return [...late].every(({ column }) => this.#source.callLate(this.#places, column));
  }

  /**
   * What makes up for missing spans: their rows of all other data columns, and of as much parity as data is missing,
   * the quickest first; together with what else is wanted of these columns, and without what is there already.
   */
  #around(missing: readonly Span[], wanted: readonly Span[] = []): Span[] {
    const { layout } = this.#places;
    const { k, m } = layout.policy;
    const isMissing = (column: number): boolean => missing.some((span) => span.column === column);
    const startBytes = Math.min(...missing.map((span) => span.startBytes));
    const endBytes = Math.max(...missing.map((span) => span.endBytes));
    const columns: number[] = [];
    const parity: number[] = [];
    for (let column = 0; column < k + m; column++) {
      if (!isMissing(column)) (column < k ? columns : parity).push(column);
    }
    const needed = missing.filter(({ column }) => column < k).length;
    columns.push(
      ...parity.sort((a, b) => Number(this.#isSlow(a)) - Number(this.#isSlow(b))).slice(0, needed),
    );
    return columns.flatMap((column) => {
      const own = wanted.find((span) => span.column === column);
      const span = {
        column,
        startBytes: Math.min(startBytes, own?.startBytes ?? startBytes),
        endBytes: Math.max(own?.endBytes ?? 0, Math.min(endBytes, layout.columnBytes(column))),
      };
      return span.endBytes > span.startBytes && !this.#covers(span) ? [span] : [];
    });
  }

  #covers({ column, startBytes, endBytes }: Span): boolean {
    return this.#loaded.some(
      (one) => one.column === column && one.startBytes <= startBytes && endBytes <= one.endBytes,
    );
  }
}
