import type { Account, Accounts } from '../accounts/index.ts';
import type { AssetLocation } from '../core/index.ts';
import type { AssetHealth, VaultStatus } from '../vault/index.ts';

/** What the importer tells and takes. */
export interface ScanControl {
  status(): ScanStatus;
  /** Starts a scan of every source; does nothing while one is running. */
  start(): void;
  /** Calls back when the status has changed, as often as it does; returns the unsubscriber. */
  onChange(listener: () => void): () => void;
  /** Of the running scan so far, or else of the last one since the server started. */
  findings(): ScanFindings;
}

/** What a scan did, and what it could not do, over all sources. */
export interface ScanFindings {
  readonly added: number;
  readonly changed: number;
  readonly moved: number;
  readonly duplicates: number;
  readonly unchanged: number;
  /** Tracks whose files are gone; their sealed copies stay. */
  readonly missing: number;
  readonly failed: number;
  /** The first of those that failed. */
  readonly faults: readonly ScanFault[];
}

export interface ScanFault {
  /** Below its source, or a source's own folder; printable. Absent where the scan as a whole stopped. */
  readonly path?: string;
  readonly code: string;
  readonly reason: string;
}

/** How far a running scan has come. */
export interface RunningScan {
  readonly phase: 'looking' | 'importing' | 'finishing';
  readonly filesDone: number;
  readonly filesTotal: number;
  /** Of files that had to be read, on average so far. */
  readonly bytesPerSecond?: number;
  /** For the source at hand, as fast as so far. */
  readonly remainingMs?: number;
  readonly failures: number;
}

export interface ScanStatus {
  readonly scanning: boolean;
  /** Tracks seen by the running scan, or in the library when none is. */
  readonly count: number;
  readonly folderCount: number;
  /** End of the last complete scan. */
  readonly lastScanMs?: number;
  /** While one is running, once it knows. */
  readonly running?: RunningScan;
}

/** How far a repair has come, in sealed files; `total` is an estimate. */
export interface RepairRun {
  readonly done: number;
  readonly total: number;
}

/** What pages show of the vault; nothing of it needs a key. */
export interface VaultPages {
  /** Asks every node. They come in the same order each time. */
  status(): Promise<Pick<VaultStatus, 'nodes' | 'policy'>>;
  /** By names and lengths alone. */
  glance(asset: AssetLocation): Promise<AssetHealth>;
  /** By hashes, of at most so many bytes. */
  check(asset: AssetLocation, maxBytes: number): Promise<AssetHealth>;
  /** Has all that is stored looked through and restored; does nothing while that is going on. */
  repair(): void;
  /** Undefined while no repair that was asked for is going on. */
  repairing(): RepairRun | undefined;
  /** Whether the recovery kit should be proved to work again. */
  drillIsDue(): boolean;
  /** Calls back when a node came or went, damage was found or repaired; returns the unsubscriber. */
  onChange(listener: () => void): () => void;
}

/** Whether an account may add music. */
export type MayUpload = (account: Account) => boolean;

/** People, by their names for administrators. */
export type AccountDirectory = Pick<Accounts, 'find' | 'get'>;

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
