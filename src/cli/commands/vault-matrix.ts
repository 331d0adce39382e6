import { Command } from 'commander';
import { parseSetting } from '../config/config.ts';
import {
  planPolicy,
  planRebalance,
  type PolicyPlan,
  type RebalancePlan,
  rebalanceVault,
  setPolicy,
  showPolicy,
} from '../operations/matrix.ts';
import { perform } from '../perform.ts';
import type { WithShell } from '../shell.ts';
import { formatBytes, formatCount, formatTable, plural, printable } from '../terminal/format.ts';
import { showProgress } from '../terminal/progress.ts';
import { paceOf } from './pace.ts';

interface RunOptions {
  readonly dryRun?: true;
  readonly limit?: string;
  readonly json?: true;
}

/** `clef vault rebalance` */
export function rebalanceCommand(withShell: WithShell): Command {
  return new Command('rebalance')
    .description('Move columns to where they should lie: onto new nodes, off drained ones. Needs no key.')
    .option('--dry-run', 'only show what would move, and what is at risk')
    .option('--limit <MiB/s>', 'read no faster')
    .option('--json', 'as JSON')
    .action(
      withShell(async (shell, { dryRun, limit, json }: RunOptions) => {
        const { terminal } = shell;
        if (dryRun) {
          const plan = await perform(shell, planRebalance, {});
          terminal.print(json ? JSON.stringify(plan, null, 2) : describePlan(plan));
          return;
        }
        const progress = await showProgress('assets', shell.now);
        const report = await perform(shell, rebalanceVault, paceOf(limit), { progress });
        terminal.print(
          json
            ? JSON.stringify(report, null, 2)
            : `${plural(report.movedColumns, 'column')} moved (${formatBytes(report.movedBytes)}), ${plural(report.erasedCopies, 'copy', 'copies')} removed that no longer counted.`,
        );
        if (report.waitingColumns > 0) {
          terminal.say(
            `${plural(report.waitingColumns, 'column')} could not move now: a node is away or full, or a copy is damaged (clef vault repair).`,
          );
          process.exitCode = 1;
        }
      }),
    );
}

/** `clef vault policy …` */
export function policyCommand(withShell: WithShell): Command {
  const policy = new Command('policy').description('How many columns assets have.');

  policy
    .command('show')
    .description('The policy of new assets, and how many assets have which.')
    .option('--json', 'as JSON')
    .action(
      withShell(async (shell, { json }: RunOptions) => {
        const shown = await perform(shell, showPolicy, {});
        if (json) {
          shell.terminal.print(JSON.stringify(shown, null, 2));
          return;
        }
        const counts = Object.entries(shown.assets).map(([name, assets]) => [name, formatCount(assets)]);
        shell.terminal.print(
          [`New assets: ${shown.policy}.`, formatTable(['policy', 'assets'], counts)].join('\n'),
        );
        sayOverruled(shown, (text) => shell.terminal.say(text));
      }),
    );

  policy
    .command('set <k+m>')
    .description('Deal new assets so, and all others anew. Listening goes on.')
    .option('--dry-run', 'only show how much would be written')
    .option('--limit <MiB/s>', 'read no faster')
    .option('--json', 'as JSON')
    .action(
      withShell(async (shell, text: string, { dryRun, limit, json }: RunOptions) => {
        const { terminal } = shell;
        const wanted = parseSetting('policy', text, 'the policy');
        if (dryRun) {
          const plan = await perform(shell, planPolicy, wanted);
          terminal.print(json ? JSON.stringify(plan, null, 2) : describePolicyPlan(plan));
          return;
        }
        const progress = await showProgress('assets', shell.now);
        const report = await perform(shell, setPolicy, { policy: wanted, ...paceOf(limit) }, { progress });
        terminal.print(
          json
            ? JSON.stringify(report, null, 2)
            : `New assets are ${report.policy}; ${plural(report.changed, 'asset')} dealt out anew.`,
        );
        sayOverruled(report, (line) => terminal.say(line));
        if (report.waiting > 0) {
          terminal.say(
            `${plural(report.waiting, 'asset')} still wait: nodes are away, or columns are to be repaired. A running server tries again.`,
          );
          process.exitCode = 1;
        }
      }),
    );

  return policy;
}

function sayOverruled(
  { policy, overruled }: { readonly policy: string; readonly overruled?: string },
  say: (text: string) => void,
): void {
  if (overruled === undefined) return;
  say(`CLEF_POLICY says ${overruled}. ${policy} counts, since it was set later; change the setting too.`);
}

function describePlan(plan: RebalancePlan): string {
  const { nodes, movedColumns, movedBytes, homelessColumns, losses, atRisk, atRiskCount, assets } = plan;
  const rows = nodes.map(({ place, domain, use, columns, bytes, columnsThen, bytesThen }) => [
    printable(place),
    domain,
    use,
    `${formatCount(columns)} (${formatBytes(bytes)})`,
    `${formatCount(columnsThen)} (${formatBytes(bytesThen)})`,
  ]);
  const lines = [
    movedColumns === 0
      ? `Nothing moves: ${plural(assets, 'asset')} lie where they should.`
      : `${plural(movedColumns, 'column')} would move, ${formatBytes(movedBytes)}.`,
    '',
    formatTable(['node', 'domain', 'use', 'now', 'then'], rows),
  ];
  if (homelessColumns > 0)
    lines.push(
      '',
      `${plural(homelessColumns, 'column')} on nodes that are drained have nowhere to go: add a node, or set a smaller policy.`,
    );
  lines.push('', ...losses.map(describeLoss));
  if (atRiskCount > 0) {
    const names = atRisk.map(({ title, artist, assetId, spare, domains }) => {
      const name = title === undefined ? `asset ${assetId}` : printable(`${artist} - ${title}`);
      const why = spare < 0 ? 'cannot be read now' : `lost with ${domains.join(' or ') || 'the next node'}`;
      return `  ${name}: ${why}`;
    });
    const more = atRiskCount - atRisk.length;
    lines.push(
      '',
      `${plural(atRiskCount, 'asset')} at risk:`,
      ...names,
      ...(more > 0 ? [`  and ${formatCount(more)} more`] : []),
    );
  }
  return lines.join('\n');
}

function describeLoss({ domain, assets, assetsThen }: RebalancePlan['losses'][number]): string {
  const then = assetsThen === assets ? '' : `; then ${assetsThen === 0 ? 'none' : formatCount(assetsThen)}`;
  return assets === 0
    ? `Losing ${domain} would cost no music${then}.`
    : `Losing ${domain} would cost ${plural(assets, 'asset')}${then}.`;
}

function describePolicyPlan(plan: PolicyPlan): string {
  const { policy, before, assets, bytes, bytesThen, nodesUsed, nodesNeeded, domains } = plan;
  return [
    `${before} -> ${policy}: ${plural(assets, 'asset')} dealt out anew, ${formatBytes(bytes)} now, about ${formatBytes(bytesThen)} then.`,
    `Needs ${plural(nodesNeeded, 'node')}; there are ${nodesUsed} in ${plural(domains, 'failure domain')}.`,
  ].join('\n');
}
