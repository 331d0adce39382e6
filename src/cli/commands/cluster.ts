import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { ClefError } from '../../core/index.ts';
import type { Shell, WithShell } from '../shell.ts';

const DATA = [
  '--data <folder>',
  'where everything of the cluster lies (default: clef-cluster beside the data folder)',
] as const;
const DEFAULT_LISTEN = '127.0.0.1:8443';
/** NGINX and MariaDB take folders as they stand in their files. */
const FOLDER = /^[\w./@+-]*$/;

const ABOUT = `
Three servers of Clef, three NATS, four MariaDB data nodes behind two Spider nodes, six storage nodes at 4+2 (folders, an SMB
share, a bucket of Ceph) and an NGINX with TLS before them: on loopback, as one user, in one folder. On Debian
it needs:

  apt install nginx libnginx-mod-http-lua nats-server mariadb-server mariadb-plugin-spider samba
  apt install ceph-mon ceph-osd radosgw        # without, a folder takes the bucket's place

To see that nobody who listens notices, while music plays:

  clef cluster kill server-1        # as a machine that loses its power
  clef cluster kill node-3          # as a disk that is pulled out
  clef cluster start server-1

Ctrl-C stops all of it, and \`up\` on the same folder goes on with its data. Each part's log is in its own folder there.`;

interface Given {
  readonly data?: string;
}

export function clusterCommand(withShell: WithShell): Command {
  const cluster = new Command('cluster')
    .description('All of a cluster on this machine, to try it: what fails, and who notices.')
    .addHelpText('after', ABOUT);

  cluster
    .command('up')
    .description('Start a cluster, and show it until Ctrl-C.')
    .argument('[folder]', 'music to import (default: a demo album)')
    .option(...DATA)
    .option('--listen <address>', 'of the edge, ADDRESS:PORT', listenAddress, DEFAULT_LISTEN)
    .addHelpText('after', ABOUT)
    .action(
      withShell(async (shell, music: string | undefined, given: Given & { readonly listen: string }) => {
        const { up } = await import('../cluster/up.ts');
        const folder = folderOf(shell, given);
        if (!FOLDER.test(folder))
          throw new ClefError(
            'usage',
            'the cluster’s folder may have letters, digits and ._@+- alone in its path: name another with --data',
          );
        await up(shell, { folder, music: await musicIn(music), listen: given.listen });
      }),
    );

  cluster
    .command('kill')
    .description('Kill a part as if its machine lost power: server-2, nats-1, data-3, node-5, edge …')
    .argument('<name>', 'as the view of `up` shows it')
    .option(...DATA)
    .action(
      withShell(async (shell, name: string, given: Given) => {
        const { killPart } = await import('../cluster/control.ts');
        await killPart(shell, folderOf(shell, given), name);
        shell.terminal.say(`${name} is gone. \`clef cluster start ${name}\` brings it back.`);
      }),
    );

  cluster
    .command('start')
    .description('Start a part again that was killed; returns once it answers.')
    .argument('<name>', 'as the view of `up` shows it')
    .option(...DATA)
    .action(
      withShell(async (shell, name: string, given: Given) => {
        const { startPart } = await import('../cluster/control.ts');
        await startPart(shell, folderOf(shell, given), name);
        shell.terminal.say(`${name} is ready.`);
      }),
    );

  return cluster;
}

function folderOf({ dataRoot }: Shell, { data }: Given): string {
  return data === undefined ? join(dirname(dataRoot), 'clef-cluster') : resolve(data);
}

async function musicIn(given: string | undefined): Promise<string | undefined> {
  if (given === undefined) return undefined;
  const folder = resolve(given);
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new ClefError('usage', `${given} is no folder with music`);
  return folder;
}

function listenAddress(value: string): string {
  if (!/^[\w.-]+:\d{1,5}$/.test(value)) throw new InvalidArgumentError('It must be ADDRESS:PORT.');
  return value;
}
