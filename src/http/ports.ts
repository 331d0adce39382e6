import type { Accounts } from '../accounts/index.ts';

/** What the importer tells and takes. */
export interface ScanControl {
  status(): ScanStatus;
  /** Starts a scan of every source; does nothing while one is running. */
  start(): void;
}

export interface ScanStatus {
  readonly scanning: boolean;
  /** Tracks seen by the running scan, or in the library when none is. */
  readonly count: number;
  readonly folderCount: number;
  /** End of the last complete scan. */
  readonly lastScanMs?: number;
}

/** People by their names, for administrators. */
export type AccountDirectory = Pick<Accounts, 'find'>;

/** What has to be in place before a load balancer may send listeners here. */
export interface ReadinessSource {
  /** Names of the parts that are not there yet; empty when all are. */
  missingParts(): readonly string[];
}

/** One figure for /metrics; counters end in `_total`. */
export interface MetricSample {
  readonly name: string;
  readonly help: string;
  readonly kind: 'counter' | 'gauge';
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Asked at each scrape; must not wait. */
export type MetricSource = () => readonly MetricSample[];
