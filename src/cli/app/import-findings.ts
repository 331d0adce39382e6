import { isClefError } from '../../core/index.ts';
import type { ScanFindings, ScanFault } from '../../http/index.ts';
import type { ImportProgress, ImportRemark, ImportReport } from '../../ingest/index.ts';

type Counts = Omit<ScanFindings, 'failed' | 'faults'>;
type Counted = Pick<
  ImportReport,
  'tracksAdded' | 'tracksChanged' | 'tracksMoved' | 'duplicates' | 'unchanged' | 'missing'
>;

/** Whoever has more of them has one reason for most. */
const MOST_FAULTS = 200;
const NOTHING: Counts = { added: 0, changed: 0, moved: 0, duplicates: 0, unchanged: 0, missing: 0 };

/** Gathers what an import comes upon in all its sources, for whoever looks on or comes later. */
export class ImportFindings {
  #ended = NOTHING;
  #current = NOTHING;
  #failed = 0;
  #faults: ScanFault[] = [];

  /** A new import: what the last one found is forgotten. */
  begin(): void {
    this.#ended = NOTHING;
    this.#current = NOTHING;
    this.#failed = 0;
    this.#faults = [];
  }

  /** Of the source that is being imported. */
  progressed(progress: ImportProgress): void {
    this.#current = countsOf(progress);
  }

  sourceEnded(report: ImportReport): void {
    this.#ended = sum(this.#ended, countsOf(report));
    this.#current = NOTHING;
  }

  fileFailed({ pathForPeople: path, code, reason }: ImportRemark): void {
    this.#fault({ path, code, reason });
  }

  /** A source, named by its folder, or the import as a whole. */
  stopped(error: unknown, path?: string): void {
    const known = isClefError(error) ? error : undefined;
    this.#fault({
      ...(path !== undefined && { path }),
      code: known?.code ?? 'internal',
      reason: known?.message ?? 'the import stopped; the log says why',
    });
  }

  get failed(): number {
    return this.#failed;
  }

  view(): ScanFindings {
    return {
      ...sum(this.#ended, this.#current),
      failed: this.#failed,
      faults: this.#faults.toSorted(byPath),
    };
  }

  #fault(fault: ScanFault): void {
    // Who looks again meets it again.
    if (this.#faults.some(({ path, code }) => path === fault.path && code === fault.code)) return;
    this.#failed++;
    if (this.#faults.length < MOST_FAULTS) this.#faults.push(fault);
  }
}

function countsOf({
  tracksAdded,
  tracksChanged,
  tracksMoved,
  duplicates,
  unchanged,
  missing,
}: Counted): Counts {
  return {
    added: tracksAdded,
    changed: tracksChanged,
    moved: tracksMoved,
    duplicates,
    unchanged,
    missing,
  };
}

/** They come as they fail, several at a time. */
function byPath({ path: a = '' }: ScanFault, { path: b = '' }: ScanFault): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sum(a: Counts, b: Counts): Counts {
  return {
    added: a.added + b.added,
    changed: a.changed + b.changed,
    moved: a.moved + b.moved,
    duplicates: a.duplicates + b.duplicates,
    unchanged: a.unchanged + b.unchanged,
    missing: a.missing + b.missing,
  };
}
