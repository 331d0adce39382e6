import { LRUCache } from 'lru-cache';
import { isClefError, type NodeId } from '../core/index.ts';
import type { LayoutName } from './column-object.ts';

/**
 * What is wrong with a column: it is not where it should be, too short, holds other bytes than were written,
 * cannot be read although its node answers, or its node does not answer.
 */
export type DamageReason = 'missing' | 'truncated' | 'tampered' | 'unreadable' | 'unreachable';

/** What a failure to read an object, or to believe it, says about the column. */
export function damageReasonOf(error: unknown): DamageReason {
  if (!isClefError(error)) return 'unreadable';
  switch (error.code) {
    case 'node-object-missing':
      return 'missing';
    case 'node-object-truncated':
      return 'truncated';
    case 'node-offline':
      return 'unreachable';
    case 'malformed-asset':
    case 'unsupported-format':
    case 'signature-invalid':
      return 'tampered';
    default:
      return 'unreadable';
  }
}

export interface DamageReport extends LayoutName {
  readonly column: number;
  /** Undefined where no node is known to hold the column. */
  readonly nodeId: NodeId | undefined;
  readonly reason: DamageReason;
}

export type DamageListener = (report: DamageReport) => void;

/** Beyond it a full scrub finds what was forgotten. */
const MAX_QUEUED = 10_000;
/** The same finding is told once in so long. */
const QUIET_MS = 60_000;

/**
 * Columns that readers found damaged, to be repaired in the order that repair chooses. The same finding by many
 * readers is one entry, and is told to the listener once a minute.
 */
export class DamageDesk {
  readonly #queue = new Map<string, DamageReport>();
  readonly #told: LRUCache<string, true>;
  readonly #listener: DamageListener;

  constructor(options: { readonly listener: DamageListener; readonly now: () => number }) {
    this.#listener = options.listener;
    this.#told = new LRUCache({
      max: MAX_QUEUED,
      ttl: QUIET_MS,
      // One reading of the clock an operation; entries are few.
      ttlResolution: 0,
      perf: { now: options.now },
    });
  }

  report(report: DamageReport): void {
    const column = `${report.assetId}.${report.layoutId}.${report.column}`;
    const finding = `${column}.${report.nodeId ?? ''}.${report.reason}`;
    // A node that is away comes back with its columns, most likely whole.
    if (report.reason !== 'unreachable' && !this.#queue.has(column) && this.#queue.size < MAX_QUEUED) {
      this.#queue.set(column, report);
    }
    if (this.#told.has(finding)) return;
    this.#told.set(finding, true);
    this.#listener(report);
  }

  get size(): number {
    return this.#queue.size;
  }

  /** Layouts of which something is queued, the oldest finding first, and their columns. */
  layouts(): readonly DamagedLayout[] {
    const layouts = new Map<string, { name: LayoutName; columns: number[] }>();
    for (const { libraryId, assetId, layoutId, column } of this.#queue.values()) {
      const known = layouts.get(layoutId);
      if (known) known.columns.push(column);
      else layouts.set(layoutId, { name: { libraryId, assetId, layoutId }, columns: [column] });
    }
    return [...layouts.values()];
  }

  /** Takes all that is queued of a layout out of the queue; false where there is nothing. */
  take({ assetId, layoutId }: LayoutName): boolean {
    let isTaken = false;
    for (const [key, report] of this.#queue) {
      if (report.assetId === assetId && report.layoutId === layoutId) isTaken = this.#queue.delete(key);
    }
    return isTaken;
  }
}

export interface DamagedLayout {
  readonly name: LayoutName;
  readonly columns: readonly number[];
}
