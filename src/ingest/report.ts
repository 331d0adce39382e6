import { type ErrorCode } from '../core/index.ts';
import { pathForPeople } from './scan/path-key.ts';

/** Something to tell of one file or folder. Paths are for the terminal of whoever asked; they are never logged. */
export interface ImportRemark {
  /** Printable: nothing in it moves a cursor. */
  readonly pathForPeople: string;
  readonly code: ErrorCode | 'duplicate' | 'cut-short' | 'left-out' | 'unfinished';
  readonly reason: string;
}

export type ImportPhase = 'looking' | 'importing' | 'finishing';

interface ImportCounts {
  readonly tracksAdded: number;
  readonly tracksChanged: number;
  readonly tracksMoved: number;
  readonly duplicates: number;
  readonly unchanged: number;
  readonly missing: number;
}

export interface ImportProgress extends ImportCounts {
  readonly phase: ImportPhase;
  /** Of all files in the source, those that need nothing counted as done. */
  readonly filesDone: number;
  readonly filesTotal: number;
  /** Of those files that have to be read. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly failures: number;
}

export interface ImportReport extends ImportCounts {
  readonly sourceId: number;
  /** What could not be imported, by path; the first thousands of them. */
  readonly failures: readonly ImportRemark[];
  readonly failureCount: number;
  /** What was imported, or left out on purpose, and is worth a word; the first thousands. */
  readonly notes: readonly ImportRemark[];
  /** What was still being written; undefined where nothing was. */
  readonly unfinished?: Unfinished;
  readonly elapsedMs: number;
}

export interface Unfinished {
  readonly count: number;
  /** The first thousands of them. */
  readonly pathKeys: readonly string[];
  /** After this time another look may find one of them finished. */
  readonly lookAgainMs: number;
}

const MOST_REMARKS = 5_000;

export type CountName = keyof ImportCounts;

export interface TallyListeners {
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Each file that could not be imported, once, as soon as that is known. */
  readonly onFailure?: (remark: ImportRemark) => void;
}

/** Counts what an import does, and tells whoever looks on. */
export class Tally {
  readonly #counts: Record<CountName, number> = {
    tracksAdded: 0,
    tracksChanged: 0,
    tracksMoved: 0,
    duplicates: 0,
    unchanged: 0,
    missing: 0,
  };
  readonly #failures = new Map<string, ImportRemark>();
  readonly #notes = new Map<string, ImportRemark>();
  readonly #unfinished = new Set<string>();
  #unfinishedCount = 0;
  #lookAgainMs = Infinity;
  #failureCount = 0;
  #phase: ImportPhase = 'looking';
  #filesDone = 0;
  #filesTotal = 0;
  #bytesDone = 0;
  #bytesTotal = 0;
  readonly #onProgress: ((progress: ImportProgress) => void) | undefined;
  readonly #onFailure: ((remark: ImportRemark) => void) | undefined;

  constructor({ onProgress, onFailure }: TallyListeners) {
    this.#onProgress = onProgress;
    this.#onFailure = onFailure;
  }

  looked(filesFound: number): void {
    this.#filesTotal = filesFound;
    this.#tell();
  }

  planned(plan: { filesFound: number; unchanged: number; bytesToDo: number }): void {
    this.#phase = 'importing';
    this.#filesTotal = plan.filesFound;
    this.#filesDone = plan.unchanged;
    this.#counts.unchanged = plan.unchanged;
    this.#bytesTotal = plan.bytesToDo;
    this.#tell();
  }

  finishing(): void {
    this.#phase = 'finishing';
    this.#tell();
  }

  fileDone(lengthBytes: number): void {
    this.#filesDone += 1;
    this.#bytesDone += lengthBytes;
    this.#tell();
  }

  count(name: CountName, by = 1): void {
    this.#counts[name] += by;
  }

  /** The same path twice, as when a source is walked again, counts once. */
  failed(pathKey: string, code: ErrorCode, reason: string): void {
    if (this.#failures.has(pathKey)) return;
    this.#failureCount += 1;
    if (this.#failures.size >= MOST_REMARKS) return;
    const remark = { pathForPeople: pathForPeople(pathKey), code, reason };
    this.#failures.set(pathKey, remark);
    this.#onFailure?.(remark);
  }

  note(pathKey: string, code: ImportRemark['code'], reason: string): void {
    if (this.#notes.size >= MOST_REMARKS) return;
    this.#notes.set(pathKey, { pathForPeople: pathForPeople(pathKey), code, reason });
  }

  /** Left for another import; once a path. */
  unfinished(pathKey: string, lookAgainMs: number): void {
    this.#lookAgainMs = Math.min(this.#lookAgainMs, lookAgainMs);
    if (this.#unfinished.has(pathKey)) return;
    this.#unfinishedCount += 1;
    if (this.#unfinished.size >= MOST_REMARKS) return;
    this.#unfinished.add(pathKey);
    this.note(
      pathKey,
      'unfinished',
      'it is still being written, or was not written to its end; it is left for later',
    );
  }

  report(sourceId: number, elapsedMs: number): ImportReport {
    const byPath = (a: ImportRemark, b: ImportRemark): number => (a.pathForPeople < b.pathForPeople ? -1 : 1);
    return {
      sourceId,
      ...this.#counts,
      failures: [...this.#failures.values()].toSorted(byPath),
      failureCount: this.#failureCount,
      notes: [...this.#notes.values()].toSorted(byPath),
      ...(this.#unfinishedCount > 0 && {
        unfinished: {
          count: this.#unfinishedCount,
          pathKeys: [...this.#unfinished],
          lookAgainMs: this.#lookAgainMs,
        },
      }),
      elapsedMs,
    };
  }

  #tell(): void {
    this.#onProgress?.({
      phase: this.#phase,
      filesDone: Math.min(this.#filesDone, this.#filesTotal),
      filesTotal: this.#filesTotal,
      bytesDone: Math.min(this.#bytesDone, this.#bytesTotal),
      bytesTotal: this.#bytesTotal,
      ...this.#counts,
      failures: this.#failureCount,
    });
  }
}
