import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { type DataFolder, writeDurably } from '../data-folder.ts';

/** `scrub.json` in the data folder: how far looking through the nodes has come. */
export interface ScrubFile {
  /** Of the pass under way in the background: the next of 256 parts, and when it began. */
  readonly nextPart: number;
  readonly passStartedAtMs?: number;
  /** When the last pass ended that looked at a sample of every column, and when one that looked at every byte did. */
  readonly sampledAtMs?: number;
  readonly fullAtMs?: number;
}

const schema = v.object({
  nextPart: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255)),
  passStartedAtMs: v.exactOptional(v.number()),
  sampledAtMs: v.exactOptional(v.number()),
  fullAtMs: v.exactOptional(v.number()),
});

/** One that is missing or damaged only costs that a pass begins anew. */
export async function readScrubFile({ scrubFile }: Pick<DataFolder, 'scrubFile'>): Promise<ScrubFile> {
  const text = await readFile(scrubFile, 'utf8').catch(() => '');
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
  return parsed.success ? parsed.output : { nextPart: 0 };
}

export async function changeScrubFile(
  data: Pick<DataFolder, 'scrubFile'>,
  change: (before: ScrubFile) => ScrubFile,
): Promise<void> {
  await writeDurably(data.scrubFile, `${JSON.stringify(change(await readScrubFile(data)), null, 2)}\n`);
}
