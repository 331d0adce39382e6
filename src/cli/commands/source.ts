import { Command } from 'commander';
import { ClefError } from '../../core/index.ts';
import { absoluteSource, isShareRoot } from '../app/source-places.ts';
import { importFolders } from '../operations/import.ts';
import { listSources, removeSource, type SourceLine } from '../operations/source.ts';
import { perform } from '../perform.ts';
import type { WithShell } from '../shell.ts';
import { formatCount, formatTable, plural, printable } from '../terminal/format.ts';
import { showProgress } from '../terminal/progress.ts';
import { sayImportSummary } from './import.ts';

export function sourceCommand(withShell: WithShell): Command {
  const source = new Command('source').description('Where the music comes from.');
  source
    .command('list')
    .description('Sources, how they are kept in step, and what came of the last look at each.')
    .option('--json', 'as JSON')
    .action(
      withShell(async (shell, { json }: { json?: true }) => {
        const lines = await perform(shell, listSources, {});
        shell.terminal.print(json ? JSON.stringify(lines, null, 2) : tableOf(lines));
      }),
    );
  source
    .command('add <folder>')
    .description('Import a folder, or a share as smb://HOST/SHARE/PATH?key=FILE, and keep it in step.')
    .option('--json', 'print the outcome as JSON')
    .action(
      withShell(async (shell, folder: string, { json }: { json?: true }) => {
        const args = { folders: [absoluteSource(folder)], acceptLoss: false };
        const progress = await showProgress('files', shell.now);
        const summary = await perform(shell, importFolders, args, { progress });
        if (json) shell.terminal.print(JSON.stringify(summary, null, 2));
        else sayImportSummary(shell.terminal, summary);
        if (summary.failures.length > 0) process.exitCode = 1;
      }),
    );
  source
    .command('remove <folder>')
    .description('Look there no more. What came from it stays and plays; its own files are not touched.')
    .requiredOption('--yes', 'really')
    .action(
      withShell(async (shell, folder: string, { yes }: { yes?: true }) => {
        if (!yes) throw new ClefError('usage', 'say --yes to remove it');
        const { files } = await perform(shell, removeSource, { root: rootOf(folder) });
        shell.terminal.say(`Removed; ${plural(files, 'file')} of it stay in the library, marked.`);
      }),
    );
  return source;
}

/** As `source list` shows it: of a share, without what opens it. */
function rootOf(folder: string): string {
  return isShareRoot(folder) ? (folder.split('?', 1)[0] ?? folder) : absoluteSource(folder);
}

function tableOf(lines: readonly SourceLine[]): string {
  if (lines.length === 0) return 'No music folder is named yet: clef source add FOLDER';
  return [
    formatTable(
      ['source', 'kept in step', 'files', 'missing', 'failed', 'last scan'],
      lines.map(({ root, files, missing, failures, lastScanMs, ...line }) => [
        printable(root),
        modeFor(line),
        formatCount(files),
        formatCount(missing),
        failures === undefined ? '' : formatCount(failures),
        lastScanMs === undefined ? '' : new Date(lastScanMs).toISOString(),
      ]),
    ),
    ...lines.flatMap(({ root, reason, fault }) => [
      ...(reason === undefined ? [] : [`${printable(root)} on a schedule: ${reason}`]),
      ...(fault === undefined ? [] : [`${printable(root)} was not scanned: ${fault}`]),
    ]),
  ].join('\n');
}

function modeFor({ mode, everyMinutes }: Pick<SourceLine, 'mode' | 'everyMinutes'>): string {
  switch (mode) {
    case 'notified':
      return `as it changes; whole every ${everyMinutes} min`;
    case 'scheduled':
      return `every ${everyMinutes} min`;
    case 'starting':
      return 'starting';
    default:
      return 'when asked';
  }
}
