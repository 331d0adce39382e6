import { X509Certificate } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { Command } from 'commander';
import { ClefError } from '../../core/index.ts';
import {
  DEFAULT_ACME_DIRECTORY,
  fingerprintOf,
  issue,
  parseSubjectName,
  TlsFolder,
  type TlsPlan,
} from '../../tls/index.ts';
import { tlsContext } from '../app/tls.ts';
import type { Shell, WithShell } from '../shell.ts';

export function tlsCommand(withShell: WithShell): Command {
  const tls = new Command('tls').description(
    'HTTPS, without which browsers on other machines refuse to decrypt.',
  );

  tls
    .command('init')
    .description(
      'Make an authority of your own, and a certificate of it for this machine. Needs nobody else.',
    )
    .option('--name <name>', 'a further name or address that players use; may be repeated', collect, [])
    .option('--new-authority', 'make another authority; every device then has to trust it anew')
    .action(
      withShell(async (shell, { name, newAuthority }: { name: string[]; newAuthority?: true }) => {
        const context = tlsContext(shell);
        const { folder } = context;
        await mkdir(shell.dataRoot, { recursive: true, mode: 0o700 });
        if (newAuthority) await folder.forgetAuthority();
        await issue({ kind: 'local', names: name.map(parseSubjectName) }, context);
        await say(shell, folder);
      }),
    );

  tls
    .command('acme')
    .description(
      'Get a certificate from a public authority for a name that the internet knows (Let’s Encrypt).',
    )
    .requiredOption('--name <name>', 'the public name of this server; may be repeated', collect, [])
    .requiredOption('--email <address>', 'where the authority writes to')
    .option('--directory <url>', 'another ACME authority', DEFAULT_ACME_DIRECTORY)
    .option('--agree', "you agree to the authority's terms of service")
    .action(
      withShell(
        async (shell, options: { name: string[]; email: string; directory: string; agree?: true }) => {
          const { name, email, directory, agree } = options;
          if (!agree)
            throw new ClefError('usage', "say --agree once you have read the authority's terms of service");
          if (!/^[^\s@]+@[^\s@]+$/.test(email))
            throw new ClefError('usage', '--email wants an address such as you@example.org');
          if (!URL.canParse(directory) || new URL(directory).protocol !== 'https:')
            throw new ClefError('usage', '--directory wants an https address');
          const names = name.map(parseSubjectName);
          const context = tlsContext(shell);
          await mkdir(shell.dataRoot, { recursive: true, mode: 0o700 });
          const { host, port } = shell.config.acmeListen;
          shell.terminal.say(
            `Asking for a certificate. The authority will look at port 80 of ${names.map(({ value }) => value).join(', ')}, which has to arrive at ${host}:${port}.`,
          );
          await issue({ kind: 'acme', names, email, directoryUrl: directory }, context);
          await say(shell, context.folder);
        },
      ),
    );

  tls
    .command('status')
    .description('What the certificate is good for, and how devices come to trust it.')
    .action(withShell((shell) => say(shell, new TlsFolder(shell.dataRoot))));

  return tls;
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

async function say({ config, terminal }: Shell, folder: TlsFolder): Promise<void> {
  const [plan, server] = [await folder.plan(), await folder.server()];
  if (!plan || !server) {
    terminal.print(
      'No certificate yet: `clef tls init` makes one for your own network, `clef tls acme` gets one for a public name.',
    );
    return;
  }
  const certificate = new X509Certificate(server.certificatePem);
  const names = (certificate.subjectAltName ?? '').split(', ').map((name) => name.replace(/^[^:]*:/, ''));
  const authority = await folder.authority();
  terminal.print(
    [
      `Good for ${names.join(', ')}`,
      `until ${certificate.validToDate.toISOString().slice(0, 10)}; a running server renews it by itself.`,
      ...trustLines(plan, names, config.tlsListen.port, authority?.certificatePem),
    ].join('\n'),
  );
}

function trustLines(plan: TlsPlan, names: readonly string[], port: number, authorityPem?: string): string[] {
  const address = (name: string) => `https://${name.includes(':') ? `[${name}]` : name}:${port}/`;
  const outside = names.find((name) => name !== 'localhost' && !/^127\.|^0:|^::1$/.test(name)) ?? 'localhost';
  if (plan.kind === 'acme' || authorityPem === undefined) return ['', `Open ${address(outside)}`];
  return [
    '',
    'On each device, once:',
    `  1. open ${address(outside).replace('https:', 'http:')}trust`,
    '  2. compare the fingerprint there with this one:',
    `     ${fingerprintOf(authorityPem)}`,
    '  3. install the certificate as the page says',
    `  4. then open ${address(outside)}`,
  ];
}
