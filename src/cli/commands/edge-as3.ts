import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { ClefError } from '../../core/index.ts';
import {
  type As3Declaration,
  type BigipCertificate,
  type BigipSite,
  eventNodes,
  findFaults,
  type Membership,
  renderAs3,
} from '../../edge/index.ts';
import type { CertificatePlace } from '../config/bigip-table.ts';
import { readBigip, readServers } from '../config/cluster-file.ts';
import { writeDurably } from '../data-folder.ts';
import type { WithShell } from '../shell.ts';

const LIST = `
The cluster's file names the servers, and in the table [bigip] what the BIG-IP has to know besides:

  [[server]]
  name = "one"
  address = "10.0.0.11:4533"
  state = "ready"                    # or "draining"
  [bigip]
  addresses = ["192.0.2.10"]         # of the virtual server
  names = ["music.example.org"]      # by which listeners know it
  certificate = { bigip = "/Common/music.crt", key = "/Common/music.key" }

docs/operations.md has the rest of the table, and says how to post what is printed.`;

export function edgeAs3Command(withShell: WithShell): Command {
  return new Command('as3')
    .description('Render an AS3 declaration for an F5 BIG-IP.')
    .argument('<cluster>', 'the cluster’s file')
    .option('--out <file>', 'write it there, for its owner’s eyes alone, in place of printing it')
    .option('--nodes', 'render the list of servers for event service discovery in its place')
    .addHelpText('after', LIST)
    .action(
      withShell(async (shell, path: string, { out, nodes }: { out?: string; nodes?: true }) => {
        const membership = await readServers(path);
        const bigip = await readBigip(path);
        const site = { ...bigip, certificate: await readCertificate(bigip.certificate) };
        if (nodes && bigip.members !== 'event')
          throw new ClefError('usage', '--nodes is for members = "event"');
        const rendered = nodes ? eventNodes(membership) : checked(membership, site);
        const text = JSON.stringify(rendered, null, 2);
        if (out === undefined) shell.terminal.print(text);
        else await writeDurably(out, `${text}\n`);
      }),
    );
}

function checked(membership: Membership, site: BigipSite): As3Declaration {
  const declaration = renderAs3(membership, site);
  const faults = findFaults(declaration).map(({ at, message }) => `${at}: ${message}`);
  if (faults.length > 0)
    throw new ClefError('config-invalid', `the declaration would be wrong: ${faults.join('; ')}`);
  return declaration;
}

async function readCertificate(place: CertificatePlace): Promise<BigipCertificate> {
  if ('bigip' in place) return { kind: 'bigip', certificate: place.bigip, privateKey: place.key };
  const [certificate, privateKey] = await Promise.all([
    readPem(place.file, 'certificate'),
    readPem(place.key, 'key'),
  ]);
  return { kind: 'inline', certificate, privateKey };
}

async function readPem(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ClefError('config-invalid', `the ${what} of [bigip] cannot be read (${code})`, { cause });
  }
}
