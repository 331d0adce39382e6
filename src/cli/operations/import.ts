import * as v from 'valibot';
import { operation } from './operation.ts';

export interface ImportSummary {
  readonly sources: number;
  readonly added: number;
  readonly changed: number;
  readonly moved: number;
  readonly duplicates: number;
  readonly unchanged: number;
  readonly missing: number;
  /** Files that could not be imported, and whole sources that were not scanned. */
  readonly failures: readonly ImportLine[];
  /** What was imported, or left out on purpose, and is worth a word. */
  readonly notes: readonly ImportLine[];
}

export interface ImportLine {
  readonly path: string;
  readonly reason: string;
}

export const importFolders = operation({
  name: 'import',
  begins: true,
  args: v.object({ folders: v.array(v.string()), acceptLoss: v.boolean() }),
  async run({ imports }, { folders, acceptLoss }, { signal, onProgress }): Promise<ImportSummary> {
    const { reports, failures } = await imports.run({
      folders,
      acceptLoss,
      signal,
      onProgress: ({ filesDone, filesTotal, bytesDone, phase }) =>
        onProgress({ done: filesDone, total: filesTotal, bytesDone, note: phase }),
    });
    const sum = (count: (report: (typeof reports)[number]) => number) =>
      reports.reduce((total, report) => total + count(report), 0);
    return {
      sources: reports.length,
      added: sum(({ tracksAdded }) => tracksAdded),
      changed: sum(({ tracksChanged }) => tracksChanged),
      moved: sum(({ tracksMoved }) => tracksMoved),
      duplicates: sum(({ duplicates }) => duplicates),
      unchanged: sum(({ unchanged }) => unchanged),
      missing: sum(({ missing }) => missing),
      failures: [
        ...reports.flatMap((report) =>
          report.failures.map(({ pathForPeople, reason }) => ({ path: pathForPeople, reason })),
        ),
        ...failures.map(({ root, error }) => ({ path: root, reason: error.message })),
      ],
      notes: reports.flatMap(({ notes }) =>
        notes.map(({ pathForPeople, reason }) => ({ path: pathForPeople, reason })),
      ),
    };
  },
});
