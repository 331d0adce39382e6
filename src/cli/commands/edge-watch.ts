import { resolve } from 'node:path';
import { Command } from 'commander';
import { ClefError } from '../../core/index.ts';
import { type MembershipSource, nginxFiles } from '../../edge/index.ts';
import { listsServers, readEdge } from '../config/cluster-file.ts';
import { createClusterFileSource } from '../config/cluster-file-source.ts';
import { parseSetting } from '../config/config.ts';
import { readRelay } from '../app/edge-relay.ts';
import type { Shell, WithShell } from '../shell.ts';
import { clusterOf } from './cluster-options.ts';

/** The file that NGINX starts with. */
const MAIN = 'nginx.conf';

interface Given {
  readonly out: string;
  readonly nats?: string;
  readonly library?: string;
  readonly pid?: string;
  readonly run?: true;
  readonly check?: string;
  readonly metrics?: string;
}

export function edgeWatchCommand(withShell: WithShell): Command {
  return new Command('watch')
    .description(
      'Keep an NGINX to the servers that are there and ready: ask them, render, test, reload, and take back what NGINX refuses.',
    )
    .argument(
      '<file>',
      'describes the edge, and its servers, which are read again when they change; without servers: those that announce themselves in CLEF_NATS',
    )
    .requiredOption('--out <folder>', 'where configurations go; NGINX starts with `current/nginx.conf` in it')
    .option('--pid <file>', 'where the NGINX that runs wrote its id')
    .option('--run', 'start an NGINX, and end it with this command')
    .option(
      '--check <url>',
      'an address of the edge: what does not answer there after a reload is taken back',
    )
    .option('--metrics <file>', 'keep figures there, for the textfile collector of node_exporter')
    .option('--nats <urls>', 'in place of CLEF_NATS; with a password, rather use that')
    .option(
      '--library <id>',
      'whose servers, where this machine has no data folder; `clef status --json` says it',
    )
    .action(
      withShell(async (shell, file: string, given: Given) => {
        const { run, pid, check, out, metrics } = given;
        if ((run === undefined) === (pid === undefined))
          throw new ClefError('usage', 'either --pid names the NGINX that runs, or --run starts one');
        if (check !== undefined && !/^https?:/.test(URL.canParse(check) ? new URL(check).protocol : ''))
          throw new ClefError('usage', '--check takes an http or https address');
        const { runEdgeWatch } = await import('../app/edge-watch.ts');
        const path = resolve(file);
        const [site, relay] = [await readEdge(path), await readRelay()];
        await runEdgeWatch(shell, {
          source: await sourceOf(shell, path, given),
          render: (membership) => nginxFiles(membership, site, relay),
          main: MAIN,
          folder: resolve(out),
          nginx: pid === undefined ? { kind: 'own' } : { kind: 'running', pidFile: resolve(pid) },
          ...(check !== undefined && { check }),
          ...(metrics !== undefined && { metrics: resolve(metrics) }),
        });
      }),
    );
}

async function sourceOf(shell: Shell, path: string, given: Given): Promise<MembershipSource> {
  if (await listsServers(path)) return createClusterFileSource(path);
  const nats = given.nats === undefined ? shell.config.nats : parseSetting('nats', given.nats, '--nats');
  const cluster = await clusterOf({ ...shell, config: { ...shell.config, nats } }, given.library);
  const { createLeaseSource } = await import('../../edge/leases/index.ts');
  return createLeaseSource({ ...cluster, monotonicMs: () => performance.now() });
}
