import { Command } from 'commander';
import { type ClusterServer, createReadyProbe } from '../../edge/index.ts';
import type { Beat } from '../../edge/leases/index.ts';
import { readServers } from '../config/cluster-file.ts';
import type { WithShell } from '../shell.ts';
import { formatTable, printable } from '../terminal/format.ts';
import { clusterOf } from './cluster-options.ts';

type Listed = ClusterServer & Partial<Pick<Beat, 'version' | 'streams' | 'sockets'>>;

export function serverListCommand(withShell: WithShell): Command {
  return new Command('list')
    .description('Show the servers of a cluster, and what each is doing.')
    .argument('[file]', 'a list of servers; default: those that announce themselves in CLEF_NATS')
    .option(
      '--library <id>',
      'whose servers, where this machine has no data folder; `clef status --json` says it',
    )
    .option('--json', 'as JSON')
    .action(
      withShell(async (shell, file: string | undefined, given: { library?: string; json?: true }) => {
        const { terminal, signal } = shell;
        const servers: readonly Listed[] =
          file === undefined
            ? await announced({ ...(await clusterOf(shell, given.library)), signal })
            : (await readServers(file)).servers;
        const probe = createReadyProbe();
        const answers = await Promise.all(servers.map((server) => probe(server, signal)));
        const rows = servers.map((server, index) => ({ ...server, answers: answers[index] }));
        if (given.json) {
          terminal.print(JSON.stringify(rows, null, 2));
          return;
        }
        if (rows.length === 0) terminal.say('No server announces itself.');
        terminal.print(
          formatTable(
            ['server', 'address', 'state', 'asked', 'streams', 'devices', 'version'],
            rows.map(({ name, host, port, state, answers: said, streams, sockets, version }) => [
              name,
              `${host.includes(':') ? `[${host}]` : host}:${port}`,
              state,
              said ?? '',
              String(streams ?? ''),
              String(sockets ?? ''),
              printable(version ?? ''),
            ]),
          ),
        );
      }),
    );
}

async function announced(options: {
  readonly address: Awaited<ReturnType<typeof clusterOf>>['address'];
  readonly libraryId: string;
  readonly signal: AbortSignal;
}): Promise<readonly Listed[]> {
  const { whoIsThere } = await import('../../edge/leases/index.ts');
  return (await whoIsThere(options)).flatMap(({ name, host, port, state, version, streams, sockets }) =>
    state === 'gone' ? [] : [{ name, host, port, state, version, streams, sockets }],
  );
}
