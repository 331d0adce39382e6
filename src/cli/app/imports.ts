import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import { type MusicSource } from '../../catalog/index.ts';
import { ClefError, isClefError } from '../../core/index.ts';
import type { RunningScan, ScanControl, ScanFindings, ScanStatus } from '../../http/index.ts';
import {
  type BeingSealed,
  type ImportProgress,
  type ImportReport,
  importSource,
  type MediaProbe,
} from '../../ingest/index.ts';
import { createProcessProbe } from '../../ingest/probe-process.ts';
import { openLocalTree } from '../../ingest/sources/local.ts';
import type { SqlCatalog } from '../../catalog/sql/index.ts';
import type { Vault } from '../../vault/index.ts';
import type { DataFolder } from '../data-folder.ts';
import type { Shell } from '../shell.ts';
import { ImportFindings } from './import-findings.ts';
import type { EstablishedKeys } from './keys.ts';
import type { WorkerNode } from './media-worker-protocol.ts';

export interface ImportRequest {
  /** Added to the library's sources; none means all that are known. */
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

/** What an import stands on. */
export interface ImportGround {
  readonly catalog: SqlCatalog;
  readonly vault: Vault;
  readonly keys: EstablishedKeys;
  readonly data: DataFolder;
  readonly mounted: readonly WorkerNode[];
  readonly shell: Shell;
}

/** Runs imports one after another; what players and the command line ask for meets here. */
export class Imports implements ScanControl, AsyncDisposable {
  readonly #ground: Promise<ImportGround>;
  readonly #beingSealed: BeingSealed;
  readonly #log: Logger;
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

  constructor(ground: Promise<ImportGround>, beingSealed: BeingSealed, log: Logger) {
    this.#ground = ground;
    this.#beingSealed = beingSealed;
    this.#log = log;
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
    this.#running++;
    const result = this.#last
      .then(() => this.#run(request))
      .catch((error: unknown) => {
        if (!request.signal.aborted && !this.#stopping.signal.aborted) this.#findings.stopped(error);
        throw error;
      })
      .finally(() => {
        this.#running--;
        this.#progress = undefined;
        this.#changed();
      });
    this.#last = result.catch(() => undefined);
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new ClefError('not-ready', 'the server is stopping'));
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
        const report = await this.#importOne(ground, source, acceptLoss, stop, (progress) => {
          if (progress.phase === 'importing' && this.#progress?.phase !== 'importing') {
            this.#startedMs = performance.now();
          }
          this.#progress = progress;
          this.#findings.progressed(progress);
          this.#changed();
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

  /** A folder that is not there does not become a source: it would be missed at every start. */
  async #sources(
    { catalog, data }: ImportGround,
    folders: readonly string[],
    failures: SourceFailure[],
  ): Promise<readonly MusicSource[]> {
    if (folders.length === 0) return catalog.sources();
    const named: MusicSource[] = [];
    for (const root of folders.map((folder) => resolve(folder))) {
      const isFolder = await stat(root).then(
        (found) => found.isDirectory(),
        () => false,
      );
      if (isFolder) named.push(await catalog.ensureSource(data.identity.libraryId, root));
      else {
        const error = new ClefError('source-missing', 'there is no such folder');
        failures.push({ root, error });
        this.#findings.stopped(error, root);
      }
    }
    return named;
  }

  #importOne(
    ground: ImportGround,
    source: MusicSource,
    acceptLoss: boolean,
    signal: AbortSignal,
    onProgress: (progress: ImportProgress) => void,
  ): Promise<ImportReport> {
    const { catalog, vault, keys, data, mounted, shell } = ground;
    this.#probe ??= createProcessProbe();
    return importSource({
      source,
      catalog,
      seal: (input) => vault.write(input),
      beingSealed: this.#beingSealed,
      probe: this.#probe,
      contentHashKey: keys.keys.library.sourceHashKey,
      openTree: ({ root }) =>
        openLocalTree(root, [
          data.root,
          ...mounted.flatMap(({ spec }) => (spec.kind === 'directory' ? spec.root : [])),
        ]),
      concurrency: availableParallelism(),
      acceptLoss,
      signal,
      onProgress,
      onFailure: (remark) => this.#findings.fileFailed(remark),
      now: shell.now,
    });
  }
}
