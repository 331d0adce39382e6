import { Command } from 'commander';
import type { Account } from '../../accounts/index.ts';
import { ClefError } from '../../core/index.ts';
import { revealSecret } from '../../keystore/index.ts';
import {
  addUser,
  createApiKey,
  createAppPassword,
  disableUser,
  enableUser,
  listCredentials,
  listUsers,
  revokeCredential,
  setPassword,
  setRole,
} from '../operations/people.ts';
import { perform } from '../perform.ts';
import type { Shell, WithShell } from '../shell.ts';
import { formatTable, printable } from '../terminal/format.ts';
import { secretsFolder } from '../data-folder.ts';

export function userCommand(withShell: WithShell): Command {
  const user = new Command('user').description('People who may listen.');

  user
    .command('add <name>')
    .description('Add a person. Asks for a login password on a terminal; makes one otherwise.')
    .option('--admin', 'may manage people and imports')
    .option('--password-stdin', 'read the password from the first line of standard input')
    .action(
      withShell(
        async (shell, name: string, { admin, passwordStdin }: { admin?: true; passwordStdin?: true }) => {
          const password = await choosePassword(shell, name, passwordStdin === true);
          const { account, generatedPassword } = await perform(shell, addUser, {
            name,
            role: admin ? 'admin' : 'listener',
            ...(password === undefined ? {} : { password }),
          });
          shell.terminal.say(`Added ${describe(account)}.`);
          await revealPassword(shell, account.name, generatedPassword);
          shell.terminal.say(
            `Players need a password of their own: clef app-password create ${account.name} --client NAME`,
          );
        },
      ),
    );

  user
    .command('list')
    .description('List everyone.')
    .option('--json', 'as JSON')
    .action(
      withShell(async (shell, { json }: { json?: true }) => {
        const users = await perform(shell, listUsers, {});
        if (json) shell.terminal.print(JSON.stringify(users, null, 2));
        else
          shell.terminal.print(
            formatTable(
              ['name', 'role', 'since', 'state'],
              users.map((one) => [
                printable(one.name),
                one.role,
                day(one.createdAtMs),
                one.disabledAtMs === undefined ? 'enabled' : 'disabled',
              ]),
            ),
          );
      }),
    );

  user
    .command('passwd <name>')
    .description('Set a new login password.')
    .option('--password-stdin', 'read the password from the first line of standard input')
    .action(
      withShell(async (shell, name: string, { passwordStdin }: { passwordStdin?: true }) => {
        const password = await choosePassword(shell, name, passwordStdin === true);
        const { generatedPassword } = await perform(shell, setPassword, {
          name,
          ...(password === undefined ? {} : { password }),
        });
        shell.terminal.say(`The login password of ${printable(name)} is changed.`);
        await revealPassword(shell, name, generatedPassword);
      }),
    );

  user
    .command('role <name> <role>')
    .description('Make someone an admin or a listener.')
    .action(
      withShell(async (shell, name: string, role: string) => {
        if (role !== 'admin' && role !== 'listener')
          throw new ClefError('usage', `a role is admin or listener, not ${JSON.stringify(role)}`);
        shell.terminal.say(`${describe(await perform(shell, setRole, { name, role }))}.`);
      }),
    );

  user
    .command('disable <name>')
    .description('Refuse someone from the next request on; keeps everything.')
    .action(
      withShell(async (shell, name: string) =>
        shell.terminal.say(`${describe(await perform(shell, disableUser, { name }))}.`),
      ),
    );

  user
    .command('enable <name>')
    .description('Let someone in again.')
    .action(
      withShell(async (shell, name: string) =>
        shell.terminal.say(`${describe(await perform(shell, enableUser, { name }))}.`),
      ),
    );

  return user;
}

export function appPasswordCommand(withShell: WithShell): Command {
  const command = new Command('app-password').description('Passwords for Subsonic players, one for each.');

  command
    .command('create <user>')
    .description('Make a password for one player. It is shown once.')
    .requiredOption('--client <name>', 'what it is for, for instance "Symfonium on the phone"')
    .option('--json', 'print {"username","password"} to standard output')
    .action(
      withShell(async (shell, name: string, { client, json }: { client: string; json?: true }) => {
        const { username, password } = await perform(shell, createAppPassword, { name, client });
        if (json) shell.terminal.print(JSON.stringify({ username, password }));
        else
          await reveal(
            shell,
            `App password of ${printable(username)} for ${printable(client)}`,
            password,
            `app-password-${fileName(username)}`,
          );
      }),
    );
  addListAndRevoke(command, withShell);
  return command;
}

export function apiKeyCommand(withShell: WithShell): Command {
  const command = new Command('api-key').description(
    "API keys, for players that know OpenSubsonic's apiKeyAuthentication.",
  );

  command
    .command('create <user>')
    .description('Make an API key. It is shown once.')
    .requiredOption('--client <name>', 'what it is for')
    .option('--json', 'print {"username","apiKey"} to standard output')
    .action(
      withShell(async (shell, name: string, { client, json }: { client: string; json?: true }) => {
        const { username, key } = await perform(shell, createApiKey, { name, client });
        if (json) shell.terminal.print(JSON.stringify({ username, apiKey: key }));
        else
          await reveal(
            shell,
            `API key of ${printable(username)} for ${printable(client)}`,
            key,
            `api-key-${fileName(username)}`,
          );
      }),
    );
  addListAndRevoke(command, withShell);
  return command;
}

function addListAndRevoke(command: Command, withShell: WithShell): void {
  command
    .command('list <user>')
    .description("List what someone's players sign in with.")
    .option('--json', 'as JSON')
    .action(
      withShell(async (shell, name: string, { json }: { json?: true }) => {
        const credentials = await perform(shell, listCredentials, { name });
        if (json) shell.terminal.print(JSON.stringify(credentials, null, 2));
        else
          shell.terminal.print(
            formatTable(
              ['id', 'kind', 'for', 'since', 'last used'],
              credentials.map(({ id, kind, clientName, createdAtMs, lastUsedAtMs }) => [
                String(id),
                kind,
                printable(clientName),
                day(createdAtMs),
                lastUsedAtMs === undefined ? 'not yet' : day(lastUsedAtMs),
              ]),
            ),
          );
      }),
    );
  command
    .command('revoke <user> <id>')
    .description('Make one useless from the next request on.')
    .action(
      withShell(async (shell, name: string, id: string) => {
        if (!/^\d{1,16}$/.test(id)) throw new ClefError('usage', 'the id is the number that `list` shows');
        const { clientName } = await perform(shell, revokeCredential, { name, id: Number(id) });
        shell.terminal.say(`Revoked what ${printable(clientName)} signed in with.`);
      }),
    );
}

/** Undefined where one is to be generated. */
async function choosePassword(
  { terminal }: Shell,
  name: string,
  fromStdin: boolean,
): Promise<string | undefined> {
  if (fromStdin) return firstLineOfStdin();
  if (!terminal.isInteractive) return undefined;
  const typed = await terminal.askSecret(`Login password for ${printable(name)} (Enter: make one)`);
  if (typed === '') return undefined;
  if ((await terminal.askSecret('The same again')) !== typed)
    throw new ClefError('usage', 'the two passwords differ');
  return typed;
}

const MAX_STDIN_CHARACTERS = 4_096;

async function firstLineOfStdin(): Promise<string> {
  let text = '';
  for await (const piece of process.stdin.setEncoding('utf8')) {
    text += piece as string;
    if (text.includes('\n') || text.length > MAX_STDIN_CHARACTERS) break;
  }
  const [line = ''] = text.split(/\r?\n/, 1);
  if (line === '') throw new ClefError('usage', '--password-stdin: standard input holds no password');
  return line;
}

async function revealPassword(shell: Shell, name: string, password: string | undefined): Promise<void> {
  if (password !== undefined)
    await reveal(shell, `Login password of ${printable(name)}`, password, `password-${fileName(name)}`);
}

async function reveal(
  { terminal, dataRoot }: Shell,
  label: string,
  secret: string,
  file: string,
): Promise<void> {
  await revealSecret(
    { label, secret, fileName: file },
    {
      isTerminal: terminal.isInteractive,
      write: (text) => terminal.say(text.trimEnd()),
      folder: secretsFolder(dataRoot),
    },
  );
}

function describe({ name, role, disabledAtMs }: Account): string {
  return `${printable(name)} (${role}${disabledAtMs === undefined ? '' : ', disabled'})`;
}

/** Names hold any letter; files of secrets keep to the plain ones. */
function fileName(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}._-]/gu, '_').replace(/^\.+/, '_');
}

function day(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
