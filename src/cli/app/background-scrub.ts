import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';
import { scrub, type ScrubOptions } from '../../vault/index.ts';
import type { DataFolder } from '../data-folder.ts';
import { changeScrubFile, readScrubFile } from './scrub-file.ts';

/** A small library is not looked through over and over. */
const LEAST_PASS_MS = 24 * 3_600_000;
const DAY_SECONDS = 86_400;

export interface BackgroundScrubOptions
  extends Omit<ScrubOptions, 'depth' | 'random' | 'fromPart' | 'onProgress'> {
  readonly data: Pick<DataFolder, 'scrubFile'>;
  readonly log: Pick<Logger, 'info'>;
  /** 0: not at all. */
  readonly gibibytesPerDay: number;
}

/**
 * Looks at a sample of every column, at a rate that nobody notices, and goes on where it was when the server ended.
 * Resolves when a pass has ended, or none is due: once a day at most.
 */
export async function scrubInBackground(options: BackgroundScrubOptions): Promise<void> {
  const { data, now, gibibytesPerDay, log } = options;
  if (gibibytesPerDay === 0) return;
  const { nextPart, passStartedAtMs = 0, sampledAtMs = -1 } = await readScrubFile(data);
  const isUnderWay = nextPart > 0 || passStartedAtMs > sampledAtMs;
  if (!isUnderWay && now() - passStartedAtMs < LEAST_PASS_MS) return;
  if (nextPart === 0) await changeScrubFile(data, (before) => ({ ...before, passStartedAtMs: now() }));
  let saving = Promise.resolve();
  const { layouts, damaged, lost } = await scrub({
    ...options,
    depth: 'sample',
    random: () => randomInt(2 ** 32) / 2 ** 32,
    fromPart: nextPart,
    bytesPerSecond: (gibibytesPerDay * 2 ** 30) / DAY_SECONDS,
    onProgress({ partsDone, partCount }) {
      if (partsDone === partCount) return;
      saving = saving.then(() => changeScrubFile(data, (before) => ({ ...before, nextPart: partsDone })));
      saving.catch(() => undefined);
    },
  });
  await saving;
  await changeScrubFile(data, (before) => ({ ...before, nextPart: 0, sampledAtMs: now() }));
  log.info({ layouts, damaged, lost }, 'a sample of every column was looked at');
}
