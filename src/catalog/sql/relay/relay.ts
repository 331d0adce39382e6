import { hash } from 'node:crypto';
import type { Change, ChangeReader } from '../../port.ts';
import { changeOf, snapshotOf } from '../changes/change-stream.ts';
import type { LanePlace } from '../changes/outbox.ts';
import { trimLanes } from '../changes/trim.ts';
import type { CatalogDatabase } from '../catalog-database.ts';
import type { OutboxEntryRow, OutboxLaneRow } from '../schema.ts';
import { metaValue } from '../transaction.ts';
import type { Part } from '../parts.ts';
import { entriesIn, lanesIn } from './lanes.ts';
import type { RelayFile } from './relay-file.ts';

/** How soon this server hears of what others changed. */
const DEFAULT_INTERVAL_MS = 250;
const KEPT_MS = 3_600_000;

export interface RelayOptions {
  readonly database: CatalogDatabase;
  readonly file: RelayFile;
  /** What another process changed, for caches. */
  readonly onOthers: (entries: readonly OutboxEntryRow[]) => void;
  /** Rows may be others than before, without a word of which. */
  readonly onMissed: () => void;
  /** Told once of what keeps a part from being read, however often it is tried, until all of them are read again. */
  readonly onFailure: (error: unknown) => void;
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
  #catalogId = '';
  #keptSince: { readonly atMs: number; readonly places: ReadonlyMap<number, number> } | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #parts: readonly Part[] = [];
  #readAtMs: number;
  #isFailing = false;
  #isClosed = false;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#places = new Map(options.file.places());
    this.#readAtMs = options.now();
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
    const { file, now } = this.#options;
    file.trim(upToSeq);
    const keptSince = this.#keptSince;
    if (keptSince && now() < keptSince.atMs + KEPT_MS) return;
    this.#keptSince = { atMs: now(), places: new Map(this.#places) };
    if (!keptSince) return;
    await trimLanes(
      this.#options.database,
      Array.from(keptSince.places, ([vb, seq]) => ({ vb, seq })),
    );
  }

  onCommit(listener: (tables: ReadonlySet<string>) => void): () => void {
    return this.#options.database.onCommit(listener);
  }

  /** When all parts were last read to their end, or this was made; ms since the epoch. */
  get readAtMs(): number {
    return this.#readAtMs;
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
    if (this.#isClosed) return Promise.resolve();
    this.#running = this.#pullAll().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #pullAll(): Promise<void> {
    const { now, onFailure } = this.#options;
    const startedAtMs = now();
    const failures: unknown[] = [];
    try {
      await this.#pullParts(failures);
    } catch (error) {
      failures.push(error);
    }
    if (failures.length === 0) this.#readAtMs = startedAtMs;
    else if (!this.#isFailing) onFailure(failures[0]);
    this.#isFailing = failures.length > 0;
  }

  async #pullParts(failures: unknown[]): Promise<void> {
    const { database } = this.#options;
    const ofEach = async <Of, Result>(all: readonly Of[], work: (one: Of) => Promise<Result>) => {
      const settled = await Promise.allSettled(all.map(work));
      return settled.flatMap((result) => {
        if (result.status === 'fulfilled') return [result.value];
        failures.push(result.reason);
        return [];
      });
    };
    await this.#readCatalogId().catch(() => undefined);
    const parts = await this.#partsNow();
    const read = await ofEach(parts, async (part) => ({ part, lanes: await lanesIn(database, part) }));
    let known = read.flatMap(({ lanes }) => lanes);
    let isMissed = known.some((lane) => this.#isLost(lane));
    if (!isMissed) {
      const ends = await ofEach(read, ({ part, lanes }) => this.#pullPart(part, lanes));
      isMissed = ends.includes('gap');
      if (isMissed) known = (await ofEach(parts, (part) => lanesIn(database, part))).flat();
    }
    // Followers see one stream, which begins anew as a whole or not at all.
    if (isMissed && failures.length === 0) this.#beginAnew(known);
    // Until all parts answer nothing is heard of any, so that nothing that is remembered counts.
    else if (isMissed) this.#options.onMissed();
  }

  /** Buckets move, so that it is asked each time; while a data node is away, a Spider node may not know. */
  async #partsNow(): Promise<readonly Part[]> {
    try {
      this.#parts = await this.#options.database.parts();
    } catch (error) {
      if (this.#parts.length === 0) throw error;
    }
    return this.#parts;
  }

  /** Up to a gap, where there is one: another server has trimmed a lane since its row was read. Lanes are counted without gaps. */
  async #pullPart(part: Part, lanes: readonly OutboxLaneRow[]): Promise<'end' | 'gap'> {
    const { database, file } = this.#options;
    const places = lanes
      .map(({ vb }): LanePlace => ({ vb, seq: this.#placeOf(vb) }))
      .filter(({ seq }, at) => seq !== lanes[at]?.last_seq);
    for await (const entries of entriesIn(database, part, places)) {
      if (this.#isClosed) return 'end';
      if (this.#hasGap(entries)) return 'gap';
      file.append(entries);
      for (const { vb, seq } of entries) this.#places.set(vb, seq);
      const others = entries.filter((entry) => !database.wrote(entry));
      if (others.length > 0) this.#options.onOthers(others);
    }
    return 'end';
  }

  #hasGap(entries: readonly OutboxEntryRow[]): boolean {
    const next = new Map<number, number>();
    return entries.some(({ vb, seq }) => {
      const expected = next.get(vb) ?? this.#placeOf(vb) + 1;
      next.set(vb, seq + 1);
      return seq !== expected;
    });
  }

  #isLost({ vb, last_seq, trimmed_seq }: OutboxLaneRow): boolean {
    const place = this.#placeOf(vb);
    return place < trimmed_seq || place > last_seq;
  }

  #beginAnew(lanes: readonly OutboxLaneRow[]): void {
    const { file, onMissed } = this.#options;
    const places = lanes.map(({ vb, last_seq }): LanePlace => ({ vb, seq: last_seq }));
    file.beginAnew(places);
    // What was read before may be of a history that a promotion has ended.
    this.#keptSince = undefined;
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
