import { resolve } from 'node:path';
import { Command } from 'commander';
import { ClefError } from '../../core/index.ts';
import type { RecoveryReport } from '../app/recover.ts';
import { repairVault, scrubVault, showMap, showVault, sweepVault } from '../operations/vault.ts';
import { perform } from '../perform.ts';
import type { WithShell } from '../shell.ts';
import { formatBytes, formatTable, plural, printable } from '../terminal/format.ts';
import { showProgress } from '../terminal/progress.ts';
import { paceOf } from './pace.ts';
import { recoveryPassphrase } from './recovery-passphrase.ts';

interface JsonOption {
  readonly json?: true;
}

interface PaceOptions extends JsonOption {
  readonly limit?: string;
}

export function vaultCommand(withShell: WithShell): Command {
  const vault = new Command('vault').description('Storage nodes, and what lies on them.');

  vault
    .command('status')
    .description('Nodes, space, what is degraded, and the head of the library log.')
    .option('--json', 'as JSON')
    .action(
      withShell(async (shell, { json }: JsonOption) => {
        const status = await perform(shell, showVault, {});
        if (json) {
          shell.terminal.print(JSON.stringify(status, null, 2));
          return;
        }
        shell.terminal.print(
          [
            `Policy ${status.policy}; ${plural(status.degraded, 'asset')} waiting for repair.`,
            formatTable(
              ['node', 'domain', 'state', 'free'],
              status.nodes.map(({ place, domain, state, freeBytes }) => [
                printable(place),
                domain,
                state,
                freeBytes === undefined ? '' : formatBytes(freeBytes),
              ]),
            ),
            ...(status.logHead === undefined
              ? []
              : ['', `Library log: segment ${status.logHead.seq}, head ${status.logHead.hash}`]),
          ].join('\n'),
        );
      }),
    );

  vault
    .command('map <id>')
    .description('Where the columns of a track lie.')
    .option('--json', 'as JSON')
    .action(
      withShell(async (shell, id: string, { json }: JsonOption) => {
        const map = await perform(shell, showMap, { id });
        if (json) {
          shell.terminal.print(JSON.stringify(map, null, 2));
          return;
        }
        shell.terminal.print(
          [
            `Asset ${map.assetId}, layout ${map.layoutId}, ${map.policy}, ${formatBytes(map.storedBytes)} stored.`,
            formatTable(
              ['column', 'holds', 'node'],
              map.columns.map(({ column, kind, place }) => [
                String(column),
                kind,
                printable(place ?? 'none'),
              ]),
            ),
          ].join('\n'),
        );
      }),
    );

  vault
    .command('scrub')
    .description('Read what the nodes hold and check it, without any key.')
    .option('--sample', 'only some chunks of each column')
    .option('--limit <MiB/s>', 'read no faster')
    .option('--json', 'as JSON')
    .action(
      withShell(async (shell, { sample, limit, json }: PaceOptions & { sample?: true }) => {
        const progress = await showProgress('assets', shell.now);
        const report = await perform(
          shell,
          scrubVault,
          { depth: sample ? 'sample' : 'full', ...paceOf(limit) },
          { progress },
        );
        if (json) shell.terminal.print(JSON.stringify(report, null, 2));
        else {
          shell.terminal.print(
            `${plural(report.layouts, 'asset')} checked, ${formatBytes(report.bytesRead)} read: ${report.healthy} healthy, ${report.damaged} damaged, ${report.lost} lost, ${report.unverified} that no Clef wrote.`,
          );
          if (report.damaged > 0) shell.terminal.say('`clef vault repair` restores what is damaged.');
        }
        if (report.lost > 0) process.exitCode = 1;
      }),
    );

  vault
    .command('repair')
    .description('Restore missing and damaged columns from the others, without any key.')
    .option('--limit <MiB/s>', 'read no faster')
    .option('--json', 'as JSON')
    .action(
      withShell(async (shell, { limit, json }: PaceOptions) => {
        const progress = await showProgress('assets', shell.now);
        const report = await perform(shell, repairVault, paceOf(limit), { progress });
        if (json) shell.terminal.print(JSON.stringify(report, null, 2));
        else
          shell.terminal.print(
            `${plural(report.repairedColumns, 'column')} repaired, ${report.unrepairedColumns} could not be.`,
          );
        if (report.unrepairedColumns > 0) process.exitCode = 1;
      }),
    );

  vault
    .command('sweep')
    .description('Remove what no one can need: unfinished uploads, and assets removed more than 7 days ago.')
    .option('--yes', 'also where unusually much looks unfinished')
    .option('--json', 'as JSON')
    .action(
      withShell(async (shell, { yes, json }: JsonOption & { yes?: true }) => {
        const progress = await showProgress('assets', shell.now);
        const report = await perform(shell, sweepVault, { confirmed: yes === true }, { progress });
        if (json) {
          shell.terminal.print(JSON.stringify(report, null, 2));
          return;
        }
        const {
          temporaryRemoved,
          incompleteRemoved,
          tombstonedRemoved,
          unknownAssets,
          adopted,
          kept,
          buried,
        } = report;
        shell.terminal.print(
          `Removed ${plural(temporaryRemoved, 'unfinished upload')}, ${plural(incompleteRemoved, 'asset')} never completed, ${plural(tombstonedRemoved, 'removed asset')}.`,
        );
        if (unknownAssets > 0)
          shell.terminal.say(
            `${plural(unknownAssets, 'valid asset')} unknown to the catalogue stay; ${plural(adopted, 'track')} taken back into it.`,
          );
        if (buried > 0)
          shell.terminal.say(
            `${plural(buried, 'asset')} without use for a week: a sweep erases them in 7 days.`,
          );
        for (const [why, count] of Object.entries(kept))
          shell.terminal.say(`Kept ${plural(count, 'asset')}: ${why.replaceAll('-', ' ')}.`);
      }),
    );

  vault
    .command('replace <folder>')
    .description(
      'Make an empty folder the new node in place of one that is lost for good. Then: clef vault repair.',
    )
    .action(
      withShell(async (shell, folder: string) => {
        const { replaceNode } = await import('../app/replace-node.ts');
        await replaceNode(shell, folder);
        shell.terminal.say('The folder is a new, empty node. `clef vault repair` fills it.');
      }),
    );

  vault
    .command('recover')
    .description(
      'Build a data folder from storage nodes and recovery kit. Wants an empty CLEF_DATA, and CLEF_NODES.',
    )
    .requiredOption('--kit <folder>', 'the recovery kit')
    .option(
      '--expect-head <hash>',
      'refuse a library log that does not end in this head (clef vault status showed it)',
    )
    .option('--json', 'as JSON')
    .action(
      withShell(
        async (shell, { kit, expectHead, json }: JsonOption & { kit: string; expectHead?: string }) => {
          if (expectHead !== undefined && !/^[0-9a-f]{64}$/i.test(expectHead))
            throw new ClefError('usage', '--expect-head takes 64 hexadecimal digits');
          const progress = await showProgress('steps', shell.now);
          try {
            const { recover } = await import('../app/recover.ts');
            const report = await recover(shell, {
              kitFolder: resolve(kit),
              passphrase: await recoveryPassphrase(shell),
              ...(expectHead === undefined ? {} : { expectedHead: expectHead }),
              progress,
            });
            progress.stop();
            sayRecovered(report, (text) => shell.terminal.say(text), shell.now());
            if (json) shell.terminal.print(JSON.stringify(report, null, 2));
          } finally {
            progress.stop();
          }
        },
      ),
    );

  return vault;
}

function sayRecovered(report: RecoveryReport, say: (text: string) => void, nowMs: number): void {
  const { tracks, albums, adopted, newestAt, chains, nodesOffline } = report;
  say(`Recovered ${plural(tracks, 'track')} on ${plural(albums, 'album')}.`);
  if (newestAt === undefined)
    say(
      'No node holds any of the library log: people, playlists and edits are gone, tags are those of the import.',
    );
  else
    say(
      `The newest state is of ${newestAt} (${Math.max(0, Math.round((nowMs - Date.parse(newestAt)) / 60_000))} minutes ago).`,
    );
  const missing = chains.reduce((total, chain) => total + chain.missing.length, 0);
  if (missing > 0)
    say(`${plural(missing, 'segment')} of the log are on no reachable node; what only they knew is missing.`);
  if (adopted > 0)
    say(`${plural(adopted, 'track')} came back by what is sealed with them, newer than the log.`);
  if (nodesOffline > 0)
    say(
      `${plural(nodesOffline, 'node')} away; what only such a node knows comes back by a recovery with it, into another empty folder.`,
    );
  say("A new server key was made and a new epoch opened: the old server's key opens nothing newer.");
}
