import { Command, InvalidArgumentError } from 'commander';
import {
  applyShards,
  type Doubts,
  evenMap,
  findInDoubt,
  moveBuckets,
  promoteReplica,
  type ReplicaState,
  settleInDoubt,
  type ShardServers,
  type ShardStatus,
  shardStatus,
} from '../../catalog/sql/index.ts';
import { BUCKET_COUNT } from '../../core/index.ts';
import { addressOf, readDatabaseKey } from '../app/catalog-database.ts';
import { readShardsFile } from '../config/shards-file.ts';
import type { Shell, WithShell } from '../shell.ts';
import { formatCount, formatDuration } from '../terminal/format.ts';
import { showProgress } from '../terminal/progress.ts';

const LIST = `
The list of servers is a file like this:

  [client]                      # whom Clef signs in as
  key = "/etc/clef/client.key"
  [[node]]                      # a data node, with the rows of its buckets
  name = "a"
  primary = "mysql://db-a.example/clef?key=/etc/clef/admin.key"
  replica = "mysql://db-a2.example/clef?key=/etc/clef/admin.key"   # where it has one
  [[spider]]                    # hands each query on to the data nodes
  name = "s1"
  address = "mysql://spider-1.example/clef?key=/etc/clef/admin.key"

Each key file has two lines, user = "…" and password = "…"; those of nodes are of a user who may make tables and users.`;

interface Output {
  readonly json?: true;
}

export function shardsCommand(withShell: WithShell): Command {
  const shards = new Command('shards')
    .description('The catalogue over many databases: MariaDB data nodes behind Spider nodes.')
    .addHelpText('after', LIST);
  shards
    .command('plan')
    .description('Say what `apply` would make of a list of servers, and change nothing.')
    .argument('<list>', 'the list of servers')
    .option('--json', 'as JSON')
    .action(
      withShell(async (shell, file: string, { json }: Output) => {
        const servers = await readServers(file);
        const status = await shardStatus(servers);
        if (json) shell.terminal.print(JSON.stringify(status));
        else printPlan(shell, servers, status);
      }),
    );
  shards
    .command('apply')
    .description('Make the shards, or bring them up to date. Stopped, it goes on when it is run again.')
    .argument('<list>', 'the list of servers')
    .action(
      withShell(async (shell, file: string) => {
        const servers = await readServers(file);
        const map = await withProgress(shell, 'servers', (options) => applyShards(servers, options));
        shell.terminal.print(
          `${formatCount(servers.nodes.length)} data nodes and ${formatCount(servers.spiders.length)} Spider nodes have map ${map.version}.`,
        );
        const [spider] = servers.spiders;
        if (spider)
          shell.terminal.say(
            `Start Clef with CLEF_CATALOG="mysql://${spider.address.host}:${spider.address.port}/${spider.address.database}?key=…", where the key file is that of [client].`,
          );
      }),
    );
  shards
    .command('status')
    .description('Say how every server is, and what to do where something is wrong.')
    .argument('<list>', 'the list of servers')
    .option('--repair', 'settle transactions in doubt as their Spider nodes had decided')
    .option('--json', 'as JSON')
    .action(
      withShell(async (shell, file: string, { json, repair }: Output & { readonly repair?: true }) => {
        const servers = await readServers(file);
        const { signal } = shell;
        const settlement = repair && (await settleInDoubt(servers, { signal }));
        const status = await shardStatus(servers);
        const { inDoubt } = status.version === undefined ? NO_DOUBTS : await findInDoubt(servers, { signal });
        if (json)
          shell.terminal.print(JSON.stringify({ ...status, inDoubt, settled: settlement?.settled ?? [] }));
        else {
          if (settlement)
            shell.terminal.print(`Settled ${formatCount(settlement.settled.length)} transactions in doubt.`);
          printStatus(shell, status);
          printDoubts(shell, inDoubt);
        }
        if (inDoubt.length > 0) process.exitCode = 1;
        if ([...status.nodes, ...status.spiders].some(({ problem }) => problem !== undefined))
          process.exitCode = 1;
      }),
    );
  shards
    .command('move')
    .description(
      'Move buckets to another data node, while Clef goes on. Stopped, it goes on when it is run again.',
    )
    .argument('<list>', 'the list of servers')
    .argument('<buckets>', `FIRST-LAST, of 0 to ${BUCKET_COUNT - 1}`, bucketRange)
    .argument('<node>', 'the name of a data node')
    .action(
      withShell(async (shell, file: string, range: { first: number; last: number }, node: string) => {
        const servers = await readServers(file);
        const { rows, frozenMs } = await withProgress(shell, 'tables', (options) =>
          moveBuckets(servers, { ...range, node }, { ...options, now: () => performance.now() }),
        );
        shell.terminal.print(
          `Buckets ${range.first} to ${range.last} are on ${node}: ${formatCount(rows)} rows copied, writes waited ${formatDuration(frozenMs)}.`,
        );
      }),
    );
  shards
    .command('promote')
    .description(
      'Make the server that is listed as a node’s replica its primary, and keep the old one from being written to. Nothing is promoted by itself.',
    )
    .argument('<list>', 'the list of servers')
    .argument('<node>', 'the name of a data node')
    .action(
      withShell(async (shell, file: string, node: string) => {
        const servers = await readServers(file);
        const { address, isOldFenced, leftOut } = await withProgress(shell, 'steps', (options) =>
          promoteReplica(servers, node, options),
        );
        shell.terminal.print(`The primary of ${node} is ${address.host}:${address.port}.`);
        shell.terminal.say(
          isOldFenced
            ? 'The old primary takes no writes any more: `clef catalog shards apply` makes it the replica.'
            : 'The old primary did not answer: no Spider node knows it any more. Once it is back, `clef catalog shards apply` makes it the replica.',
        );
        shell.terminal.say(
          'The list of servers can stay as it is: they remember themselves which one is the primary.',
        );
        if (leftOut.length > 0)
          shell.terminal.say(
            `${leftOut.join(' and ')} did not answer, and cannot ask ${node}: run \`clef catalog shards apply\` once it is back.`,
          );
      }),
    );
  return shards;
}

async function withProgress<Result>(
  shell: Shell,
  unit: string,
  work: (options: Parameters<typeof applyShards>[1]) => Promise<Result>,
): Promise<Result> {
  const progress = await showProgress(unit, shell.now);
  try {
    return await work({ signal: shell.signal, onProgress: (step) => progress.update(step) });
  } finally {
    progress.stop();
  }
}

async function readServers(file: string): Promise<ShardServers> {
  const { nodes, spiders, clientKeyFile } = await readShardsFile(file);
  return {
    nodes: await Promise.all(
      nodes.map(async ({ name, primary, replica }) => ({
        name,
        primary: await addressOf(primary, name),
        ...(replica && { replica: await addressOf(replica, name) }),
      })),
    ),
    spiders: await Promise.all(
      spiders.map(async ({ name, address }) => ({ name, address: await addressOf(address, name) })),
    ),
    client: await readDatabaseKey(clientKeyFile, 'client'),
  };
}

function printPlan(shell: Shell, { nodes, spiders }: ShardServers, status: ShardStatus): void {
  const { terminal } = shell;
  const away = [...status.nodes, ...status.spiders].filter(
    ({ problem }) => problem?.includes('reached') ?? false,
  );
  for (const { name, problem } of away) terminal.print(`${name} is away: ${problem}`);
  if (status.version === undefined) {
    terminal.print('There are no shards yet. `apply` would make the tables and users of:');
    for (const { node, first, last } of evenMap(nodes.map(({ name }) => name)).ranges)
      terminal.print(`  ${node.padEnd(20)} buckets ${first} to ${last}`);
    for (const { name } of spiders) terminal.print(`  ${name.padEnd(20)} Spider`);
    return;
  }
  terminal.print(
    `Map ${status.version} stays. \`apply\` would bring tables, guards and users up to date on:`,
  );
  for (const { name, buckets } of status.nodes)
    terminal.print(
      `  ${name.padEnd(20)} ${buckets === 0 ? 'no buckets yet: `move` brings some' : `${formatCount(buckets)} buckets`}`,
    );
  for (const { name } of status.spiders) terminal.print(`  ${name.padEnd(20)} Spider`);
}

function printStatus({ terminal }: Shell, status: ShardStatus): void {
  if (status.version === undefined)
    terminal.print('There are no shards yet: `clef catalog shards apply` makes them.');
  else terminal.print(`Map ${status.version}`);
  for (const { name, ranges, tracks, replicas, problem } of status.nodes) {
    const held = ranges === '' ? 'no buckets' : `buckets ${ranges}`;
    const counted = tracks === undefined ? '' : ` · ${formatCount(tracks)} tracks`;
    terminal.print(`  ${name.padEnd(20)} ${held}${counted}${problem === undefined ? '' : ` · ${problem}`}`);
    if (replicas?.replica) terminal.print(`  ${''.padEnd(20)} ${replicasText(replicas)}`);
  }
  for (const { name, problem } of status.spiders)
    terminal.print(`  ${name.padEnd(20)} Spider · ${problem ?? 'up to date'}`);
  const { move } = status;
  if (move)
    terminal.print(
      `Buckets ${move.first} to ${move.last} are on their way from ${move.from} to ${move.to}: finish it with \`clef catalog shards move … ${move.first}-${move.last} ${move.to}\`.`,
    );
}

function replicasText({ primary, replica, isSemiSynchronous, isPromoted }: ReplicaState): string {
  const of = ({ host, port }: { readonly host: string; readonly port: number }) => `${host}:${port}`;
  const listed = isPromoted ? ' (listed as its replica, and promoted)' : '';
  const behind = replica?.behindSeconds === undefined ? '' : `, ${replica.behindSeconds} s behind`;
  const state = replica && `replica ${of(replica)} ${replica.state}${behind}`;
  return [`primary ${of(primary)}${listed}`, state, isSemiSynchronous && 'commits wait for it']
    .filter(Boolean)
    .join(' · ');
}

const NO_DOUBTS: Pick<Doubts, 'inDoubt'> = { inDoubt: [] };

function printDoubts({ terminal }: Shell, inDoubt: Doubts['inDoubt']): void {
  if (inDoubt.length === 0) return;
  terminal.print(
    `${formatCount(inDoubt.length)} transactions in doubt: \`--repair\` settles those whose Spider node answers.`,
  );
  for (const { xid, nodes, spider, outcome } of inDoubt)
    terminal.print(
      `  ${xid} on ${nodes.join(', ')}, begun by ${spider ?? 'one that does not answer'}, to end by ${outcome ?? 'it alone'}`,
    );
}

function bucketRange(value: string): { first: number; last: number } {
  const [, first = '', last = ''] = /^(\d{1,4})-(\d{1,4})$/.exec(value) ?? [];
  const range = { first: Number(first), last: Number(last) };
  if (first === '' || range.first > range.last || range.last >= BUCKET_COUNT)
    throw new InvalidArgumentError(`It must be FIRST-LAST, of 0 to ${BUCKET_COUNT - 1}.`);
  return range;
}
