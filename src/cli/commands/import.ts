import { Command } from 'commander';
import { absoluteSource } from '../app/source-places.ts';
import { importFolders, type ImportLine, type ImportSummary } from '../operations/import.ts';
import { perform } from '../perform.ts';
import type { WithShell } from '../shell.ts';
import { formatCount, plural, printable } from '../terminal/format.ts';
import { showProgress } from '../terminal/progress.ts';
import type { Terminal } from '../terminal/terminal.ts';

export function importCommand(withShell: WithShell): Command {
  return new Command('import')
    .description('Import music folders and shares, or look again at all that were imported before.')
    .argument(
      '[folders...]',
      'folders, or shares as smb://HOST/SHARE/PATH?key=FILE, to add to the library; they are read, never changed',
    )
    .option('--accept-loss', 'believe that a folder lost many of its files')
    .option('--json', 'print the outcome as JSON')
    .action(
      withShell(
        async (shell, folders: string[], { acceptLoss, json }: { acceptLoss?: true; json?: true }) => {
          const args = {
            folders: folders.map((folder) => absoluteSource(folder)),
            acceptLoss: acceptLoss === true,
          };
          const progress = await showProgress('files', shell.now);
          const summary = await perform(shell, importFolders, args, { progress });
          if (json) shell.terminal.print(JSON.stringify(summary, null, 2));
          else sayImportSummary(shell.terminal, summary);
          if (summary.failures.length > 0) process.exitCode = 1;
        },
      ),
    );
}

const MAX_LISTED = 50;

/** What came of an import, and at the end each file that was left out with its reason. */
export function sayImportSummary(terminal: Terminal, summary: ImportSummary): void {
  const { added, changed, moved, duplicates, unchanged, missing, failures, notes } = summary;
  const parts = [
    `${plural(added, 'track')} added`,
    ...(changed > 0 ? [`${formatCount(changed)} changed`] : []),
    ...(moved > 0 ? [`${formatCount(moved)} moved`] : []),
    ...(duplicates > 0 ? [plural(duplicates, 'duplicate')] : []),
    ...(unchanged > 0 ? [`${formatCount(unchanged)} as before`] : []),
    ...(missing > 0 ? [`${formatCount(missing)} gone from their folder (still playable)`] : []),
  ];
  terminal.say(`${parts.join(', ')}.`);
  sayLines(
    terminal,
    failures,
    `${plural(failures.length, 'file or folder', 'files or folders')} could not be imported:`,
  );
  sayLines(terminal, notes, 'Worth knowing:');
}

function sayLines(terminal: Terminal, lines: readonly ImportLine[], heading: string): void {
  if (lines.length === 0) return;
  terminal.say(heading);
  for (const { path, reason } of lines.slice(0, MAX_LISTED)) terminal.say(`  ${printable(path)}: ${reason}`);
  if (lines.length > MAX_LISTED)
    terminal.say(`  and ${formatCount(lines.length - MAX_LISTED)} more (--json lists all)`);
}
