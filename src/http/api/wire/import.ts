import type { ImportFindings, ImportProgress } from '../../../api/index.ts';
import type { ScanFindings, ScanStatus } from '../../ports.ts';

export function wireImport({ scanning, count, lastScanMs, running }: ScanStatus): ImportProgress {
  return {
    scanning,
    done: running?.filesDone ?? count,
    failed: running?.failures ?? 0,
    ...(running && { phase: running.phase, total: running.filesTotal }),
    ...(running?.bytesPerSecond !== undefined && { bytesPerSecond: running.bytesPerSecond }),
    ...(running?.remainingMs !== undefined && { remainingMs: running.remainingMs }),
    ...(lastScanMs !== undefined && { lastScanMs }),
  };
}

export function wireFindings(findings: ScanFindings): ImportFindings {
  const { added, changed, moved, duplicates, unchanged, missing, failed, faults } = findings;
  return {
    added,
    changed,
    moved,
    duplicates,
    unchanged,
    missing,
    failed,
    faults: faults.map(({ path, code, reason }) => ({ code, reason, ...(path !== undefined && { path }) })),
  };
}
