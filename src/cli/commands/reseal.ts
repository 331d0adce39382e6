import type { Command } from 'commander';
import { ClefError } from '../../core/index.ts';
import { resealKeys, type ResealSummary } from '../operations/reseal.ts';
import { perform } from '../perform.ts';
import type { WithShell } from '../shell.ts';
import { formatBytes, formatTable, plural } from '../terminal/format.ts';
import { showProgress } from '../terminal/progress.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { paceOf } from './pace.ts';

interface ResealOptions {
  readonly epoch?: string;
  readonly all?: true;
  readonly dryRun?: true;
  readonly limit?: string;
  readonly json?: true;
}

export function addResealCommand(keys: Command, withShell: WithShell): void {
  keys
    .command('reseal')
    .description(
      'Seal audio of old epochs anew, under new keys. Reads and writes all of it; the next run goes on.',
    )
    .option('--all', 'of every epoch before the current one')
    .option('--epoch <number>', 'of this one alone')
    .option('--dry-run', 'only say what there is to do')
    .option('--limit <MiB/s>', 'read no faster')
    .option('--json', 'as JSON')
    .action(
      withShell(async (shell, { epoch, all, dryRun, limit, json }: ResealOptions) => {
        if ((epoch === undefined) === (all === undefined))
          throw new ClefError('usage', 'say what to seal anew: --all, or --epoch with its number');
        const progress = await showProgress('assets', shell.now);
        const summary = await perform(
          shell,
          resealKeys,
          { ...epochArg(epoch), dryRun: dryRun === true, ...paceOf(limit) },
          { progress },
        );
        if (json) shell.terminal.print(JSON.stringify(summary, null, 2));
        else saySummary(shell.terminal, summary);
        if (summary.failed > 0) process.exitCode = 1;
      }),
    );
}

function epochArg(text: string | undefined): { epoch?: number } {
  if (text === undefined) return {};
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new ClefError('usage', '--epoch takes the number of an epoch');
  return { epoch: Number(text) };
}

function saySummary(terminal: Terminal, summary: ResealSummary): void {
  const { found, isDryRun, epoch, resealed, resealedBytes, buried, failed, erasableAt } = summary;
  const total = found.reduce((sum, { storedBytes }) => sum + storedBytes, 0);
  if (isDryRun && total === 0) {
    terminal.print(
      `There is nothing to seal anew: all that is in use is of epoch ${epoch} or of epochs not asked for.`,
    );
    return;
  }
  if (isDryRun) {
    terminal.print(
      formatTable(
        ['epoch', 'assets', 'on nodes'],
        found.map((one) => [String(one.epoch), String(one.assets), formatBytes(one.storedBytes)]),
      ),
    );
    terminal.say(
      `They would be sealed under epoch ${epoch}. Until the old ones are erased both lie on the nodes: that takes up to ${formatBytes(total)} more.`,
    );
    return;
  }
  terminal.print(
    `${plural(resealed, 'asset')} sealed anew under epoch ${epoch}, ${formatBytes(resealedBytes)}.`,
  );
  if (buried > 0)
    terminal.say(
      `${plural(buried, 'old asset')} will be erased by the first \`clef vault sweep\` after ${erasableAt.slice(0, 16).replace('T', ' ')} UTC. Until then they stay on the nodes, and whoever is playing one plays on.`,
    );
  if (failed > 0)
    terminal.say(
      `${plural(failed, 'asset')} could not be sealed anew and stay as they are; the log says why. Run it again after a repair.`,
    );
}
