import { mkdir } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { ClefError } from '../../core/index.ts';
import { type EdgeSite, type Membership, nginxFiles } from '../../edge/index.ts';
import { readRelay } from '../app/edge-relay.ts';
import { readEdge, readServers } from '../config/cluster-file.ts';
import { writeDurably } from '../data-folder.ts';
import type { WithShell } from '../shell.ts';

const FILE = `
FILE describes the edge and its servers:

  [edge]
  names = ["music.example.org"]
  listen = "0.0.0.0:443"
  certificate = "/etc/clef/edge/fullchain.pem"
  key = "/etc/clef/edge/privkey.pem"
  redirect_from = "0.0.0.0:80"      # optional
  folder = "/var/lib/clef-edge"     # logs, caches and the process id; it has to be there
  path = "/clef"                    # optional, as in CLEF_BASE_URL
  cache_mib = 10240                 # of sealed chunks
  connections_an_address = 200      # at once
  trusted_proxies = ["10.0.0.2"]    # optional: balancers in front that say who asks (X-Forwarded-For, -Proto)
  [[server]]
  name = "one"
  address = "10.0.0.11:4533"        # with CLEF_TRUSTED_PROXIES naming this edge
  state = "ready"                   # or "draining"

NGINX needs its Lua module (Debian: libnginx-mod-http-lua).`;

export function edgeNginxCommand(withShell: WithShell): Command {
  return new Command('nginx')
    .description('Render a complete configuration of NGINX for a list of servers.')
    .argument('<file>', 'describes the edge and its servers')
    .option('--out <folder>', 'write nginx.conf and relay.lua there, in place of printing nginx.conf')
    .addHelpText('after', FILE)
    .action(
      withShell(async ({ terminal }, file: string, { out }: { readonly out?: string }) => {
        const membership = await readServers(resolve(file));
        const edge = await readEdge(resolve(file));
        assertReachable(membership, edge);
        const files = nginxFiles(membership, edge, await readRelay());
        if (out === undefined) {
          terminal.print(files['nginx.conf'].trimEnd());
          return;
        }
        const folder = resolve(out);
        await mkdir(folder, { recursive: true });
        // The configuration last: it is what NGINX is told to take up.
        for (const name of ['relay.lua', 'nginx.conf'] as const)
          await writeDurably(join(folder, name), files[name]);
        terminal.say(
          `Written. To try and to take up: nginx -t -p ${folder} -c nginx.conf, then nginx -p ${folder} -c nginx.conf -s reload`,
        );
      }),
    );
}

/** Lua in NGINX asks no resolver of the system's. */
function assertReachable({ servers }: Membership, { resolver }: EdgeSite): void {
  const named = servers.find(({ host }) => isIP(host) === 0);
  if (named && resolver === undefined)
    throw new ClefError(
      'config-invalid',
      `server ${named.name} is named by its host: give its address, or a resolver in [edge]`,
    );
}
