import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { type DataFolder, writeDurably } from '../data-folder.ts';

const DAY_MS = 86_400_000;

export interface DrillStanding {
  /** Of the last one that succeeded; absent where there was none. */
  readonly lastAtMs?: number;
  /** Absent where nobody wants to be reminded. */
  readonly dueAtMs?: number;
  readonly isDue: boolean;
}

/**
 * When the recovery kit was last proved to work, and when that is due again. A server cannot run the drill by itself: the
 * passphrase that it takes is not here, and must not be. So it reminds.
 */
export interface Drills {
  standing(): DrillStanding;
  /** Durable when it resolves. */
  record(): Promise<void>;
}

const schema = v.object({ lastDrillAtMs: v.pipe(v.number(), v.safeInteger(), v.minValue(0)) });

export interface DrillsOptions {
  readonly data: Pick<DataFolder, 'drillFile' | 'identity'>;
  /** 0: no reminder. */
  readonly intervalDays: number;
  readonly now: () => number;
}

export async function openDrills({ data, intervalDays, now }: DrillsOptions): Promise<Drills> {
  let lastAtMs = await readLastDrill(data.drillFile);
  return {
    standing() {
      // A kit that was never proved is as old as the folder that it was made with.
      const dueAtMs = (lastAtMs ?? data.identity.createdAtMs) + intervalDays * DAY_MS;
      return {
        ...(lastAtMs !== undefined && { lastAtMs }),
        ...(intervalDays > 0 && { dueAtMs }),
        isDue: intervalDays > 0 && dueAtMs <= now(),
      };
    },
    async record() {
      const atMs = now();
      await writeDurably(data.drillFile, `${JSON.stringify({ lastDrillAtMs: atMs })}\n`);
      lastAtMs = atMs;
    },
  };
}

/** One that cannot be read is none: a reminder too many is better than one too few. */
async function readLastDrill(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
  return parsed.success ? parsed.output.lastDrillAtMs : undefined;
}

/** For people, where it is due. */
export function drillReminder({ lastAtMs, isDue }: DrillStanding): string | undefined {
  if (!isDue) return undefined;
  const since =
    lastAtMs === undefined
      ? 'has never been proved to work'
      : `was last proved to work on ${new Date(lastAtMs).toISOString().slice(0, 10)}`;
  return `The recovery kit ${since}: run \`clef keys drill\`.`;
}
