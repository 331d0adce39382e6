import type { LibraryId } from '../core/index.ts';
import type { Trust } from '../crypto/index.ts';
import type { NodeSet } from './node-set.ts';

export interface MaintenanceProgress {
  /** Where a later run may go on: of 256 parts, how many are done. */
  readonly partsDone: number;
  readonly partCount: number;
  readonly layouts: number;
  readonly bytesRead: number;
}

/** What scrub, repair and sweep have in common. All may be killed at any moment and run again. */
export interface MaintenanceOptions {
  readonly nodes: NodeSet;
  readonly libraryId: LibraryId;
  readonly trust: Trust;
  readonly now: () => number;
  /** Parts that an earlier run has done. */
  readonly fromPart?: number;
  readonly bytesPerSecond?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: MaintenanceProgress) => void;
}
