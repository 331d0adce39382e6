import { hash } from 'node:crypto';
import type { Change, ChangeReader } from '../../port.ts';
import { changeOf, snapshotOf } from '../changes/change-stream.ts';
import type { LanePlace } from '../changes/outbox.ts';
import type { Database } from '../database.ts';
import type { OutboxEntryRow, OutboxLaneRow } from '../schema.ts';
import { metaValue } from '../transaction.ts';
import { entriesIn, lanesIn, type Part, partsOf, trimLanes } from './lanes.ts';
import type { RelayFile } from './relay-file.ts';

/** How soon this server hears of what others changed. */
const DEFAULT_INTERVAL_MS = 250;
const KEPT_MS = 3_600_000;

export interface RelayOptions {
  readonly database: Database;
  readonly file: RelayFile;
  /** What another process changed, for caches. */
  readonly onOthers: (entries: readonly OutboxEntryRow[]) => void;
  /** Rows may be others than before, without a word of which. */
  readonly onMissed: () => void;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly intervalMs?: number;
}

/**
 * The change stream of a catalogue on servers: reads the outbox of every part into this server's own file, at least once and
 * in the order of each lane. A part that is away is left for later; what it holds of a row comes after what came before.
 */
export class Relay implements ChangeReader, AsyncDisposable {
  readonly #options: RelayOptions;
  readonly #places: Map<number, number>;
  readonly #timer: NodeJS.Timeout;
  #parts: readonly Part[] | undefined;
  #catalogId = '';
  #keptSince: { readonly atMs: number; readonly places: ReadonlyMap<number, number> } | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #failed = new Map<Part, unknown>();
  #isClosed = false;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#places = new Map(options.file.places());
    this.#timer = setInterval(() => void this.#pull(), options.intervalMs ?? DEFAULT_INTERVAL_MS);
    this.#timer.unref();
  }

  async catalogId(): Promise<string> {
    try {
      await this.#readCatalogId();
    } catch (error) {
      // The part that knows it may be away while others go on.
      if (this.#catalogId === '') throw error;
    }
    return hash('sha256', `${this.#options.file.name}\0${this.#catalogId}`).slice(0, 32);
  }

  async changesAfter(after: number, limit: number): Promise<readonly Change[]> {
    const { file } = this.#options;
    if (file.lastSeq < after + limit) await this.#pull();
    return file.after(after, limit).map(changeOf);
  }

  async lastSeq(): Promise<number> {
    await this.#pull();
    return this.#options.file.lastSeq;
  }

  async trimmedUpTo(): Promise<number> {
    return this.#options.file.trimmedSeq;
  }

  snapshot(tables?: readonly string[]): AsyncIterable<Change> {
    return snapshotOf(this.#options.database, () => this.lastSeq(), tables);
  }

  /** What lies on the servers is kept for an hour after this one has read it, for those that read more slowly. */
  async trim(upToSeq: number): Promise<void> {
    const { file, database, now } = this.#options;
    file.trim(upToSeq);
    const keptSince = this.#keptSince;
    if (keptSince && now() < keptSince.atMs + KEPT_MS) return;
    this.#keptSince = { atMs: now(), places: new Map(this.#places) };
    if (keptSince) await trimLanes(database, keptSince.places);
  }

  onCommit(listener: (tables: ReadonlySet<string>) => void): () => void {
    return this.#options.database.onCommit(listener);
  }

  /** The first of the failures that keep parts from being read; undefined where all were, the last time. */
  get failure(): unknown {
    return this.#failed.values().next().value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#running;
    await this.#next;
    this.#options.file[Symbol.dispose]();
  }

  /** Resolves once everything that was committed before the call was asked for. Never rejects. */
  #pull(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    // One that runs may have read a lane already; the next one serves everybody who comes meanwhile.
    if (this.#running) return (this.#next ??= this.#running.then(() => this.#start()));
    return this.#start();
  }

  #start(): Promise<void> {
    this.#next = undefined;
    this.#running = this.#pullAll().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #pullAll(): Promise<void> {
    const { database } = this.#options;
    let parts: readonly Part[];
    try {
      parts = await this.#partsNow();
    } catch (error) {
      this.#failed.set(undefined, error);
      return;
    }
    const failed = new Map<Part, unknown>();
    await this.#readCatalogId().catch(() => undefined);
    const named = parts.map((part) => ({ part }));
    const read = await ofEachPart(named, failed, async ({ part }) => ({
      part,
      lanes: await lanesIn(database, part),
    }));
    if (read.some(({ lanes }) => this.#isLost(lanes))) {
      // Followers see one stream, which begins anew as a whole or not at all.
      if (failed.size === 0) this.#beginAnew(read.flatMap(({ lanes }) => lanes));
    } else await ofEachPart(read, failed, ({ part, lanes }) => this.#pullPart(part, lanes));
    this.#failed = failed;
  }

  /**
   * Asked again after a failure, since a bucket may have gone to a node that was not there before. While a data node is away, a
   * Spider node may not know.
   */
  async #partsNow(): Promise<readonly Part[]> {
    if (this.#parts && this.#failed.size === 0) return this.#parts;
    try {
      this.#parts = await partsOf(this.#options.database);
    } catch (error) {
      if (!this.#parts) throw error;
    }
    return this.#parts;
  }

  async #pullPart(part: Part, lanes: readonly OutboxLaneRow[]): Promise<void> {
    const { database, file } = this.#options;
    const places = lanes
      .map(({ vb }): LanePlace => ({ vb, seq: this.#placeOf(vb) }))
      .filter(({ seq }, at) => seq !== lanes[at]?.last_seq);
    for await (const entries of entriesIn(database, part, places)) {
      if (this.#isClosed) return;
      file.append(entries);
      for (const { vb, seq } of entries) this.#places.set(vb, seq);
      const others = entries.filter((entry) => !database.wrote(entry));
      if (others.length > 0) this.#options.onOthers(others);
    }
  }

  #isLost(lanes: readonly OutboxLaneRow[]): boolean {
    return lanes.some(({ vb, last_seq, trimmed_seq }) => {
      const place = this.#placeOf(vb);
      return place < trimmed_seq || place > last_seq;
    });
  }

  #beginAnew(lanes: readonly OutboxLaneRow[]): void {
    const { file, onMissed } = this.#options;
    const places = lanes.map(({ vb, last_seq }): LanePlace => ({ vb, seq: last_seq }));
    file.beginAnew(places);
    this.#places.clear();
    for (const { vb, seq } of places) this.#places.set(vb, seq);
    onMissed();
  }

  #placeOf(vb: number): number {
    return this.#places.get(vb) ?? 0;
  }

  async #readCatalogId(): Promise<void> {
    const { database, onMissed } = this.#options;
    const id = (await database.first(metaValue, { name: 'catalog-id' }))?.value ?? '';
    // A log was applied, which writes past the outbox.
    if (this.#catalogId !== '' && id !== this.#catalogId) onMissed();
    this.#catalogId = id;
  }
}

/** What fails of a part is noted, and left out. */
async function ofEachPart<Of extends { readonly part: Part }, Result>(
  all: readonly Of[],
  failed: Map<Part, unknown>,
  work: (one: Of) => Promise<Result>,
): Promise<readonly Result[]> {
  const results = await Promise.all(
    all.map(async (one) => {
      try {
        return [await work(one)];
      } catch (error) {
        failed.set(one.part, error);
        return [];
      }
    }),
  );
  return results.flat();
}
