import * as v from 'valibot';
import { operation } from './operation.ts';

export interface SourceLine {
  /** A folder's path, or the address of a share. */
  readonly root: string;
  readonly mode: 'notified' | 'off' | 'scheduled' | 'starting';
  /** Between two looks at all of it. */
  readonly everyMinutes?: number;
  /** Why nothing tells of its changes. */
  readonly reason?: string;
  /** Files that are there. */
  readonly files: number;
  readonly missing: number;
  /** Of the last look at all of it since the start. */
  readonly lastScanMs?: number;
  readonly failures?: number;
  /** Why it could not be looked at. */
  readonly fault?: string;
}

const MS_A_MINUTE = 60_000;

export const listSources = operation({
  name: 'source.list',
  args: v.object({}),
  async run({ imports, catalog }): Promise<readonly SourceLine[]> {
    const lines: SourceLine[] = [];
    for (const { source, mode, ...last } of await imports.sources()) {
      const counts = { files: 0, missing: 0 };
      for await (const { missingSinceMs } of catalog.sourceFiles(source.id)) {
        counts[missingSinceMs === undefined ? 'files' : 'missing']++;
      }
      lines.push({
        root: source.root,
        mode: mode.kind,
        ...('everyMs' in mode && { everyMinutes: mode.everyMs / MS_A_MINUTE }),
        ...('reason' in mode && { reason: mode.reason }),
        ...counts,
        ...last,
      });
    }
    return lines;
  },
});

export const removeSource = operation({
  name: 'source.remove',
  args: v.object({ root: v.string() }),
  run: ({ imports }, { root }, { signal }) => imports.remove(root, signal),
});
