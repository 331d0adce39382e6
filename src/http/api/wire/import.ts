import type { ImportProgress } from '../../../api/index.ts';
import type { ScanStatus } from '../../ports.ts';

export function wireImport({ scanning, count, lastScanMs, running }: ScanStatus): ImportProgress {
  return {
    scanning,
    done: running?.filesDone ?? count,
    failed: running?.failures ?? 0,
    ...(running && { total: running.filesTotal }),
    ...(running?.bytesPerSecond !== undefined && { bytesPerSecond: running.bytesPerSecond }),
    ...(lastScanMs !== undefined && { lastScanMs }),
  };
}
