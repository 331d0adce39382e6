import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { Logger } from 'pino';
import type { MusicSource, SourceFile } from '../../catalog/index.ts';
import { ClefError, isClefError } from '../../core/index.ts';
import type { RunningScan, ScanControl, ScanFindings, ScanStatus } from '../../http/index.ts';
import {
  type BeingSealed,
  type ImportProgress,
  type ImportReport,
  importSource,
  type MediaProbe,
  type Scope,
  type WatchMode,
} from '../../ingest/index.ts';
import { createProcessProbe } from '../../ingest/probe-process.ts';
import type { Database, SqlCatalog } from '../../catalog/sql/index.ts';
import type { Vault } from '../../vault/index.ts';
import type { DataFolder } from '../data-folder.ts';
import type { Shell } from '../shell.ts';
import { afterOthers } from './chore-turns.ts';
import { ImportFindings } from './import-findings.ts';
import type { EstablishedKeys } from './keys.ts';
import type { NodeRegistry } from './node-registry.ts';
import { placeOfSource, type SourcePlace, type SourcePlaces } from './source-places.ts';
import { SourceWatches } from './source-watches.ts';

export interface ImportRequest {
  /** Folders and shares, added to the library's sources; none means all that are known. */
  readonly folders: readonly string[];
  /** Believe that a source lost many files. */
  readonly acceptLoss: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ImportProgress) => void;
}

/** A source that could not be scanned as a whole, and why. */
export interface SourceFailure {
  readonly root: string;
  readonly error: ClefError;
}

export interface ImportOutcome {
  readonly reports: readonly ImportReport[];
  readonly failures: readonly SourceFailure[];
}

/** A source, and what came of the last look at all of it since the start. */
export interface SourceState {
  readonly source: MusicSource;
  readonly mode: WatchMode;
  readonly lastScanMs?: number;
  /** Files that could not be imported then. */
  readonly failures?: number;
  /** Why it could not be scanned as a whole. */
  readonly fault?: string;
}

type LastLook = Pick<SourceState, 'lastScanMs' | 'failures' | 'fault'>;

/** What an import stands on. */
export interface ImportGround {
  readonly database: Pick<Database, 'holdChore'>;
  readonly catalog: SqlCatalog;
  readonly vault: Vault;
  readonly keys: EstablishedKeys;
  readonly data: DataFolder;
  readonly registry: Pick<NodeRegistry, 'mounted'>;
  readonly shell: Shell;
}

interface LookOptions {
  readonly acceptLoss: boolean;
  readonly signal: AbortSignal;
  /** Without: at all of the source. */
  readonly scopes?: readonly Scope[] | undefined;
}

/** Rows that are marked in one transaction. */
const MARKED_AT_ONCE = 500;

/** Runs imports one after another; what players and the command line ask for meets here. */
export class Imports implements ScanControl, AsyncDisposable {
  readonly #ground: Promise<ImportGround>;
  readonly #beingSealed: BeingSealed;
  readonly #places: SourcePlaces;
  readonly #log: Logger;
  readonly #lastLooks = new Map<number, LastLook>();
  #watches: SourceWatches | undefined;
  readonly #stopping = new AbortController();
  #last: Promise<unknown> = Promise.resolve();
  #running = 0;
  #progress: ImportProgress | undefined;
  #trackCount = 0;
  #lastScanMs: number | undefined;
  #startedMs = 0;
  readonly #findings = new ImportFindings();
  readonly #listeners = new Set<() => void>();
  #probe: MediaProbe | undefined;

  constructor(options: {
    readonly ground: Promise<ImportGround>;
    readonly places: SourcePlaces;
    readonly beingSealed: BeingSealed;
    readonly log: Logger;
  }) {
    this.#ground = options.ground;
    this.#places = options.places;
    this.#beingSealed = options.beingSealed;
    this.#log = options.log;
  }

  status(): ScanStatus {
    return {
      scanning: this.#running > 0,
      count: this.#progress?.filesDone ?? this.#trackCount,
      folderCount: 0,
      ...(this.#lastScanMs === undefined ? {} : { lastScanMs: this.#lastScanMs }),
      ...(this.#progress && { running: this.#runningScan(this.#progress) }),
    };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  findings(): ScanFindings {
    return this.#findings.view();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  #runningScan({ phase, filesDone, filesTotal, bytesDone, bytesTotal }: ImportProgress): RunningScan {
    const elapsedMs = performance.now() - this.#startedMs;
    const known = { phase, filesDone, filesTotal, failures: this.#findings.failed };
    if (phase !== 'importing' || bytesDone === 0 || elapsedMs < 1) return known;
    return {
      ...known,
      bytesPerSecond: Math.round((bytesDone * 1_000) / elapsedMs),
      remainingMs: Math.round((elapsedMs * (bytesTotal - bytesDone)) / bytesDone),
    };
  }

  start(): void {
    if (this.#running === 0) void this.#scan();
  }

  async #scan(): Promise<void> {
    try {
      const { failures } = await this.run({ folders: [], acceptLoss: false, signal: this.#stopping.signal });
      for (const { error } of failures) this.#log.warn({ err: error }, 'a source was not scanned');
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#log.error({ err: error }, 'the scan failed');
    }
  }

  /** Waits for imports that were asked for before. Rejects where nothing more can be imported, as on a full disk. */
  run(request: ImportRequest): Promise<ImportOutcome> {
    return this.#inTurn(() => this.#run(request)).catch((error: unknown) => {
      if (!request.signal.aborted && !this.#stopping.signal.aborted) this.#findings.stopped(error);
      throw error;
    });
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#running++;
    const result = this.#last.then(work).finally(() => {
      this.#running--;
      this.#progress = undefined;
      this.#changed();
    });
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Takes a turn among imports, which have found assets that may be exchanged meanwhile. */
  alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** From now on each source is watched from its next import on. */
  watch(intervalMs: number, now: () => number): void {
    this.#watches ??= new SourceWatches({
      places: this.#places,
      intervalMs,
      look: (source, scopes, signal) => this.#look(source, scopes, signal),
      now,
    });
  }

  /** Those that no import came to yet, too. */
  async watchAll(): Promise<void> {
    const { catalog } = await this.#ground;
    for (const source of await catalog.sources()) await this.#watches?.begin(source);
  }

  /** What a watch asks for. Its faults are told here: nobody else is there to hear of them. */
  async #look(source: MusicSource, scopes: readonly Scope[] | undefined, asked: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([asked, this.#stopping.signal]);
    try {
      const report = await this.#inTurn(async () => {
        signal.throwIfAborted();
        const ground = await this.#ground;
        const found = await this.#importOne(
          ground,
          source,
          { acceptLoss: false, signal, scopes },
          (progress) => {
            this.#progressed(progress);
          },
        );
        this.#trackCount = (await ground.catalog.counts()).tracks;
        return found;
      });
      const { tracksAdded, tracksChanged, tracksMoved, missing, failureCount } = report;
      if (tracksAdded + tracksChanged + tracksMoved + missing > 0)
        this.#log.info(
          { tracksAdded, tracksChanged, tracksMoved, missing, failureCount },
          'a source changed, and the library with it',
        );
    } catch (error) {
      if (!signal.aborted) {
        this.#findings.stopped(error, source.root);
        this.#log.warn({ err: error }, 'a source was not looked at');
      }
      throw error;
    }
  }

  #progressed(progress: ImportProgress): void {
    if (progress.phase === 'importing' && this.#progress?.phase !== 'importing') {
      this.#startedMs = performance.now();
    }
    this.#progress = progress;
    this.#changed();
  }

  async sources(): Promise<readonly SourceState[]> {
    const { catalog } = await this.#ground;
    return (await catalog.sources()).map((source) => ({
      source,
      mode: this.#watches?.modeOf(source.id) ?? { kind: 'off' },
      ...this.#lastLooks.get(source.id),
    }));
  }

  /** Clef looks there no more. What came from it stays, and is marked: its files are no source's. */
  async remove(root: string, signal: AbortSignal): Promise<{ readonly files: number }> {
    const { catalog, shell } = await this.#ground;
    const source = (await catalog.sources()).find((known) => known.root === root);
    if (!source) throw new ClefError('not-found', 'there is no such source; clef source list shows them');
    // Before it is this one's turn: what the watch asked for may wait in the same line.
    await this.#watches?.end(source.id);
    return this.#inTurn(async () => {
      let files = 0;
      let batch: SourceFile[] = [];
      const flush = async (): Promise<void> => {
        await catalog.markMissing(batch, shell.now());
        files += batch.length;
        batch = [];
      };
      for await (const file of catalog.sourceFiles(source.id)) {
        signal.throwIfAborted();
        if (file.missingSinceMs === undefined && batch.push(file) >= MARKED_AT_ONCE) await flush();
      }
      await flush();
      await catalog.removeSource(source.id);
      await this.#places.forget(root);
      this.#lastLooks.delete(source.id);
      return { files };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new ClefError('not-ready', 'the server is stopping'));
    await this.#watches?.[Symbol.asyncDispose]();
    await this.#last;
    await this.#probe?.[Symbol.asyncDispose]();
  }

  async #run({ folders, acceptLoss, signal, onProgress }: ImportRequest): Promise<ImportOutcome> {
    const ground = await this.#ground;
    const stop = AbortSignal.any([signal, this.#stopping.signal]);
    const reports: ImportReport[] = [];
    const failures: SourceFailure[] = [];
    this.#findings.begin();
    for (const source of await this.#sources(ground, folders, failures)) {
      stop.throwIfAborted();
      try {
        const report = await this.#importOne(ground, source, { acceptLoss, signal: stop }, (progress) => {
          this.#findings.progressed(progress);
          this.#progressed(progress);
          onProgress?.(progress);
        });
        this.#findings.sourceEnded(report);
        reports.push(report);
      } catch (error) {
        // One source that is away does not keep the others from being scanned.
        if (!isClefError(error, 'source-missing') && !isClefError(error, 'source-shrunk')) throw error;
        failures.push({ root: source.root, error });
        this.#findings.stopped(error, source.root);
      }
    }
    this.#trackCount = (await ground.catalog.counts()).tracks;
    this.#lastScanMs = ground.shell.now();
    return { reports, failures };
  }

  /** What is not there does not become a source: it would be missed at every start. */
  async #sources(
    ground: ImportGround,
    named: readonly string[],
    failures: SourceFailure[],
  ): Promise<readonly MusicSource[]> {
    const { catalog, data } = ground;
    if (named.length === 0) return catalog.sources();
    const sources: MusicSource[] = [];
    for (const place of named.map((text) => placeOfSource(text))) {
      try {
        await this.#assertThere(place);
        sources.push(await catalog.ensureSource(data.identity.libraryId, place.root));
      } catch (error) {
        if (!isClefError(error, 'source-missing')) throw error;
        failures.push({ root: place.root, error });
        this.#findings.stopped(error, place.root);
      }
    }
    return sources;
  }

  async #assertThere(place: SourcePlace): Promise<void> {
    if (place.kind === 'share') return this.#places.remember(place);
    const isFolder = await stat(place.root).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isFolder) throw new ClefError('source-missing', 'there is no such folder');
  }

  #importOne(
    ground: ImportGround,
    source: MusicSource,
    look: LookOptions,
    onProgress: (progress: ImportProgress) => void,
  ): Promise<ImportReport> {
    const onWait = () => this.#log.info({ source: source.id }, 'another server is importing this source');
    const turn = { signal: look.signal, onWait };
    return afterOthers(ground.database, `source.${source.id}`, turn, () =>
      this.#importAlone(ground, source, look, onProgress),
    );
  }

  async #importAlone(
    ground: ImportGround,
    source: MusicSource,
    { acceptLoss, signal, scopes }: LookOptions,
    onProgress: (progress: ImportProgress) => void,
  ): Promise<ImportReport> {
    const { catalog, vault, keys, data, registry, shell } = ground;
    this.#probe ??= createProcessProbe();
    await this.#watches?.begin(source);
    const ownFolders = [
      data.root,
      ...registry.mounted.flatMap(({ spec }) => (spec.kind === 'directory' ? spec.root : [])),
    ];
    try {
      const report = await importSource({
        source,
        ...(scopes && { scopes }),
        catalog,
        seal: (input) => vault.write(input),
        beingSealed: this.#beingSealed,
        probe: this.#probe,
        contentHashKey: keys.keys.library.sourceHashKey,
        openTree: (other) => this.#places.openTree(other, ownFolders),
        concurrency: availableParallelism(),
        acceptLoss,
        signal,
        onProgress,
        onFailure: (remark) => this.#findings.fileFailed(remark),
        now: shell.now,
      });
      if (!scopes) this.#lastLooks.set(source.id, { lastScanMs: shell.now(), failures: report.failureCount });
      this.#watches?.looked(report, !scopes);
      return report;
    } catch (error) {
      if (!signal.aborted && isClefError(error)) {
        this.#lastLooks.set(source.id, { ...this.#lastLooks.get(source.id), fault: error.message });
      }
      throw error;
    }
  }
}
