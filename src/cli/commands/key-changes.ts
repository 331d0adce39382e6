import { hostname } from 'node:os';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ClefError } from '../../core/index.ts';
import {
  addRecipient,
  type KeysChanged,
  listRecipients,
  revokeRecipient,
  rotateKeys,
  showCard,
} from '../operations/key-changes.ts';
import { settleKeys } from '../operations/settle-keys.ts';
import type { ShownCard } from '../app/server-card.ts';
import { holdsLibrary } from '../data-folder.ts';
import { perform } from '../perform.ts';
import type { Shell, WithShell } from '../shell.ts';
import { formatTable, plural, printable } from '../terminal/format.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { kitArgs, recoveryPassphrase } from './recovery-passphrase.ts';

interface ChangeOptions {
  readonly kit?: string;
  readonly json?: true;
}

const KIT_OPTION = [
  '--kit <folder>',
  "the recovery kit, whose root key signs in place of this server's",
] as const;
const JSON_OPTION = ['--json', 'as JSON'] as const;

/** Who can open the library, and how that changes. */
export function addKeyChangeCommands(keys: Command, withShell: WithShell): void {
  const recipients = keys
    .command('recipients')
    .description('Who can open the keyrings, and who may change them.');

  recipients
    .command('list', { isDefault: true })
    .description('List them.')
    .option(...JSON_OPTION)
    .action(
      withShell(async (shell, { json }: { json?: true }) => {
        const listed = await perform(shell, listRecipients, {});
        if (json) return shell.terminal.print(JSON.stringify(listed, null, 2));
        const called = (name: string | undefined, isThisServer: boolean) =>
          isThisServer ? 'this server' : printable(name ?? '');
        shell.terminal.print(
          [
            formatTable(
              ['opens', 'role', 'name', 'thumbprint'],
              listed.recipients.map(
                ({ role, name, isThisServer, thumbprint, opensLibrary, opensService }) => [
                  [...(opensLibrary ? ['library'] : []), ...(opensService ? ['service'] : [])].join(', '),
                  role,
                  called(name, isThisServer),
                  thumbprint,
                ],
              ),
            ),
            '',
            formatTable(
              ['may change them', 'signing key'],
              listed.administrators.map(({ name, isThisServer, kid }) => [called(name, isThisServer), kid]),
            ),
          ].join('\n'),
        );
      }),
    );

  recipients
    .command('add <file>')
    .description('Let another server open the library: FILE is what `clef keys card` printed there.')
    .option('--administrator', 'it may change the keyrings, too')
    .option(...KIT_OPTION)
    .option(...JSON_OPTION)
    .action(
      withShell(
        async (
          shell,
          file: string,
          { administrator, kit, json }: ChangeOptions & { administrator?: true },
        ) => {
          const added = await perform(shell, addRecipient, {
            card: await readCard(file),
            administrator: administrator === true,
            ...(await kitArgs(shell, kit)),
          });
          if (json) return shell.terminal.print(JSON.stringify(added, null, 2));
          const { terminal } = shell;
          terminal.print(`${printable(added.name)} can open the library: ${added.thumbprint}`);
          terminal.say('Compare this with the thumbprint that `clef keys card` showed on that server.');
          if (!added.isTrusted)
            terminal.say(
              'What it signs is believed by nobody yet, so that it can read and not import: only the recovery kit changes that (--kit).',
            );
          sayChanged(terminal, added);
          if (added.isTrusted)
            terminal.say(
              'It takes up the library with `clef server join` and what `clef server invite` prints here.',
            );
        },
      ),
    );

  keys
    .command('card')
    .description(
      "The public half of this server's key, for `clef keys recipients add` on another one. Where there is no library yet, the key is made.",
    )
    .option('--name <name>', 'how it is called there (default: the name of this machine)')
    .action(
      withShell(async (shell, { name }: { name?: string }) => {
        const called = name ?? hostname();
        const { card, thumbprint } = (await holdsLibrary(shell.dataRoot))
          ? await perform(shell, showCard, { name: called })
          : await makeFirstCard(shell, called);
        shell.terminal.print(card.trimEnd());
        shell.terminal.say(`Thumbprint: ${thumbprint}`);
      }),
    );

  keys
    .command('rotate')
    .description('Seal what is imported from now on under a new key. What is there keeps its own.')
    .option(...KIT_OPTION)
    .option(...JSON_OPTION)
    .action(
      withShell(async (shell, { kit, json }: ChangeOptions) => {
        const changed = await perform(shell, rotateKeys, await kitArgs(shell, kit));
        if (json) return shell.terminal.print(JSON.stringify(changed, null, 2));
        sayChanged(shell.terminal, changed);
        shell.terminal.say(
          'What was imported before stays under its own epoch: `clef keys reseal` seals it anew.',
        );
      }),
    );

  keys
    .command('revoke <server>')
    .description(
      'Take a server out of the keyrings, by name or thumbprint (after -- where it begins with a dash), and open a new epoch.',
    )
    .option(...KIT_OPTION)
    .option(...JSON_OPTION)
    .action(
      withShell(async (shell, server: string, { kit, json }: ChangeOptions) => {
        const revoked = await perform(shell, revokeRecipient, { server, ...(await kitArgs(shell, kit)) });
        if (json) return shell.terminal.print(JSON.stringify(revoked, null, 2));
        const { terminal } = shell;
        terminal.print(`Revoked ${printable(revoked.name ?? revoked.thumbprint)}.`);
        sayChanged(terminal, revoked);
        terminal.say('It opens nothing that is sealed from now on, and keeps what it copied, keys included:');
        terminal.say(
          '- Where it can still read the nodes, `clef keys reseal --all` takes older audio from it.',
        );
        terminal.say(
          '- App passwords that it held are known to it: revoke those, and the access of its user to nodes.',
        );
        for (const kid of revoked.lostAdministrators)
          terminal.say(`- ${kid} may change the keyrings no more.`);
        if (revoked.isForkable)
          terminal.say(
            '- It could still sign a second successor of the version before, which stops servers until `clef keys settle`; a revocation with --kit cannot be answered so.',
          );
      }),
    );

  keys
    .command('settle')
    .description('Where two servers changed a keyring at once: keep one line, by the recovery kit.')
    .requiredOption('--kit <folder>', 'the recovery kit')
    .option(
      '--keep <branch...>',
      'which line of each keyring to keep (default: the one that this server has accepted)',
    )
    .option(...JSON_OPTION)
    .action(
      withShell(async (shell, { kit, keep, json }: { kit: string; keep?: string[]; json?: true }) => {
        const settled = await perform(shell, settleKeys, {
          kit: resolve(kit),
          passphrase: await recoveryPassphrase(shell),
          keep: keep ?? [],
        });
        if (json) return shell.terminal.print(JSON.stringify(settled, null, 2));
        const { terminal } = shell;
        for (const { kind, name, version } of settled.kept)
          terminal.print(`The ${kind} keyring goes on from ${name}, version ${version}.`);
        for (const { kind, name, lostEpochs } of settled.givenUp) {
          terminal.say(`Given up: ${name} of the ${kind} keyring.`);
          if (lostEpochs.length > 0)
            terminal.say(
              `What was sealed under its ${lostEpochs.length > 1 ? 'epochs' : 'epoch'} ${lostEpochs.join(', ')} does not open any more: ${kind === 'library' ? 'import it again' : 'make those app passwords again'}.`,
            );
        }
        if (settled.needsRestart)
          terminal.say('Restart the server, where one runs: it has no keys until then.');
      }),
    );
}

function sayChanged(
  { say }: Pick<Terminal, 'say'>,
  { isChanged, version, epoch, holders, nodes, hasGateways }: KeysChanged,
): void {
  if (!isChanged) {
    say('The keyrings were so already; nothing was changed.');
    return;
  }
  say(`Keyrings of version ${version}, epoch ${epoch}, are on ${holders} of ${plural(nodes, 'node')}.`);
  if (holders === 0)
    say(
      'No node took them: until one does, what is imported is sealed as before. They are kept here, and offered again.',
    );
  else if (holders < nodes) say('The others get them when they answer.');
  if (hasGateways) say('Gateways need their new key: `clef keys gateway` prints it.');
}

/** Loaded where it is used: what makes keys is no part of other commands. */
async function makeFirstCard(shell: Shell, name: string): Promise<ShownCard> {
  const { makeCard } = await import('../app/server-card.ts');
  return makeCard(shell, name);
}

async function readCard(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new ClefError('usage', 'the file cannot be read; name one with what `clef keys card` printed', {
      cause,
    });
  }
}
