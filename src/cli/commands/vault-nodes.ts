import { resolve } from 'node:path';
import { Command } from 'commander';
import {
  addNode,
  drainNode,
  listNodes,
  type NodeList,
  removeNode,
  type ShownSpares,
} from '../operations/nodes.ts';
import { perform } from '../perform.ts';
import type { WithShell } from '../shell.ts';
import { formatBytes, formatCount, formatTable, plural, printable } from '../terminal/format.ts';

interface JsonOption {
  readonly json?: true;
}

interface ForceOption {
  readonly force?: true;
}

/** `clef vault node …` */
export function nodeCommand(withShell: WithShell): Command {
  const node = new Command('node').description('Storage nodes: which there are, and how they are used.');

  node
    .command('list')
    .description('Nodes, what they hold, and how many columns may still be lost.')
    .option('--json', 'as JSON')
    .action(
      withShell(async (shell, { json }: JsonOption) => {
        const list = await perform(shell, listNodes, {});
        shell.terminal.print(json ? JSON.stringify(list, null, 2) : describeNodes(list));
      }),
    );

  node
    .command('add <place>')
    .description(
      'Use an empty folder or bucket as a node, or take a node back. PLACE is written as in CLEF_NODES. Then: clef vault rebalance.',
    )
    .action(
      withShell(async (shell, place: string) => {
        const { id, domain, weight } = await perform(shell, addNode, { place: absolute(place) });
        shell.terminal.say(
          `Node ${id} takes new columns, in failure domain ${domain}, with weight ${formatWeight(weight)}. \`clef vault rebalance\` moves others to it.`,
        );
      }),
    );

  node
    .command('drain <node>')
    .description(
      'Give a node no new columns, so that clef vault rebalance empties it. NODE is its place, its id, or the beginning of that. Refused where too few nodes would be left for the policy.',
    )
    .option('--force', 'though no music can be imported then')
    .action(
      withShell(async (shell, text: string, { force }: ForceOption) => {
        const { columns, bytes, homeless } = await perform(shell, drainNode, {
          node: placeOrId(text),
          force: force === true,
        });
        shell.terminal.say(
          `The node takes no new columns. \`clef vault rebalance\` moves the ${plural(columns, 'column')} it has (${formatBytes(bytes)}).`,
        );
        if (homeless > 0)
          shell.terminal.say(
            `For ${plural(homeless, 'column')} no other node is left: add one, or set a smaller policy.`,
          );
      }),
    );

  node
    .command('remove <node>')
    .description('No longer use a node that was drained and is empty; what it is stays in its place.')
    .option('--lost', 'one that is gone for good, with what it had')
    .option('--force', 'though too few nodes are left to import music')
    .action(
      withShell(async (shell, text: string, { lost, force }: ForceOption & { readonly lost?: true }) => {
        const { short } = await perform(shell, removeNode, {
          node: placeOrId(text),
          lost: lost === true,
          force: force === true,
        });
        shell.terminal.say('The node is not used any more.');
        if (short > 0)
          shell.terminal.say(
            `${plural(short, 'asset')} lost a column with it: clef vault repair restores them.`,
          );
      }),
    );

  return node;
}

export function describeNodes({ nodes, spares }: NodeList): string {
  const rows = nodes.map(
    ({ id, place, use, domain, weight, state, freeBytes, totalBytes, columns, bytes }) => [
      id.slice(0, 8),
      printable(place),
      domain,
      use === 'used' ? state : use,
      use === 'removed' ? '' : formatWeight(weight),
      formatCount(columns),
      formatBytes(bytes),
      use === 'removed' || state === 'offline'
        ? ''
        : freeBytes === undefined || totalBytes === undefined
          ? 'no limit known'
          : `${formatBytes(freeBytes)} of ${formatBytes(totalBytes)}`,
    ],
  );
  return [
    formatTable(['id', 'place', 'domain', 'state', 'weight', 'columns', 'bytes', 'free'], rows),
    ...describeSpares(spares),
  ].join('\n');
}

/** Sentences, the worst first. */
export function describeSpares(spares: readonly ShownSpares[]): readonly string[] {
  if (spares.length === 0) return [];
  return ['', ...spares.map(({ spare, assets }) => `${plural(assets, 'asset')}: ${spareWords(spare)}`)];
}

function spareWords(spare: number): string {
  if (spare < 0) return 'cannot be read while nodes are away, or too much is lost';
  return spare === 0 ? 'no spare column' : plural(spare, 'spare column');
}

function formatWeight(weight: number): string {
  return weight >= 100 ? weight.toFixed(0) : weight.toPrecision(2);
}

/** The running server may be in another folder. */
function absolute(place: string): string {
  if (/^[a-z0-9]+:\/\//.test(place)) return place;
  const hash = place.indexOf('#');
  return hash < 0 ? resolve(place) : `${resolve(place.slice(0, hash))}${place.slice(hash)}`;
}

/** An id, or the beginning of one, is no path here. */
function placeOrId(text: string): string {
  return /^[0-9a-f]{4,32}$/.test(text) ? text : absolute(text);
}
