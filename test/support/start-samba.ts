import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, temporaryFolder } from './clef-process.ts';
import { keepLogFiles } from './kept-logs.ts';
import { noteSecret } from './noted-secrets.ts';
import { childrenOf, pauseProcess } from './processes.ts';
import { waitFor } from './wait-for.ts';

export const SMBD = '/usr/sbin/smbd';
export const SMBCLIENT = '/usr/bin/smbclient';
const run = promisify(execFile);

export interface Samba extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly credentials: { readonly user: string; readonly password: string };
  /** Has user and password for smbclient(1), so that neither is in a list of processes. */
  readonly authenticationFile: string;
  /** What lies behind a share. */
  folderOf(share: string): string;
  /** Every process of it, at once: connections break without a word. */
  kill(): Promise<void>;
  /** It answers nobody until it goes on. */
  pause(): Promise<void>;
  resume(): void;
  /** From now on, for who logs on; `credentials` keeps the first one. */
  setPassword(password: string): Promise<void>;
  /** Runs commands of smbclient(1), in a folder of this machine; answers the first status they are refused with. */
  smbclient(share: string, commands: string, folder: string): Promise<string | undefined>;
  /** After `kill`: the same folders on the same port, with these shares and settings in place of the first ones. */
  start(changed?: Partial<SambaOptions>): Promise<void>;
}

export interface SambaOptions {
  readonly shares: readonly string[];
  /** Of `[global]` in smb.conf(5), besides what makes it a private server. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Of each share, by its name. */
  readonly shareSettings?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A private smbd on loopback, whose files lie in a temporary folder. */
export async function startSamba(options: SambaOptions): Promise<Samba> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder('samba'));
  const port = await freePort();
  const place = (name: string) => join(folder.path, name);
  const folderOf = (share: string) => place(join('shares', share));
  for (const share of options.shares) await mkdir(folderOf(share), { recursive: true });
  for (const name of ['private', 'lock', 'state', 'cache', 'pid', 'ncalrpc']) await mkdir(place(name));
  const configuration = place('smb.conf');
  const configure = ({ shares, settings, shareSettings }: SambaOptions) =>
    writeFile(
      configuration,
      [
        sectionOf('global', { ...globals(place, port), ...settings }),
        ...shares.map((share) =>
          sectionOf(share, { path: folderOf(share), 'read only': 'no', ...shareSettings?.[share] }),
        ),
      ].join('\n'),
    );
  await configure(options);
  const credentials = { user: userInfo().username, password: randomBytes(12).toString('hex') };
  const setPassword = async (password: string): Promise<void> => {
    noteSecret('service', password);
    const setting = run('smbpasswd', ['-c', configuration, '-s', '-a', credentials.user]);
    setting.child.stdin?.end(`${password}\n${password}\n`);
    await setting;
  };
  await setPassword(credentials.password);

  const authenticationFile = place('authentication');
  await writeFile(
    authenticationFile,
    `username = ${credentials.user}\npassword = ${credentials.password}\n`,
    { mode: 0o600 },
  );

  let smbd: { readonly child: ChildProcess; readonly ended: Promise<unknown> } | undefined;
  const all = (): number[] => (smbd?.child.pid === undefined ? [] : familyOf(smbd.child.pid));
  const send = (signal: NodeJS.Signals): void => {
    for (const pid of all()) sendIfThere(pid, signal);
  };
  const kill = async (): Promise<void> => {
    send('SIGKILL');
    await smbd?.ended;
    smbd = undefined;
  };
  const start = async (changed: Partial<SambaOptions> = {}): Promise<void> => {
    await configure({ ...options, ...changed });
    const child = spawn(SMBD, ['--foreground', '--no-process-group', '-s', configuration], {
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    smbd = { child, ended: once(child, 'close') };
    await waitFor('an smbd', async () => (await isOpen(port)) || undefined);
  };
  stack.defer(async () => {
    await kill();
    keepLogFiles('samba', folder.path, /^log/);
  });
  await start();
  const owned = stack.move();
  return {
    host: '127.0.0.1',
    port,
    credentials,
    authenticationFile,
    folderOf,
    kill,
    async pause() {
      await Promise.all(all().map(pauseProcess));
    },
    resume: () => send('SIGCONT'),
    setPassword,
    start,
    async smbclient(share, commands, cwd) {
      const args = ['-p', String(port), '-A', authenticationFile, '-c', commands];
      // It ends well where a removal was refused.
      const { stdout } = await run(SMBCLIENT, [`//127.0.0.1/${share}`, ...args], { cwd });
      return /NT_STATUS_\w+/.exec(stdout)?.[0];
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

function globals(place: (name: string) => string, port: number): Readonly<Record<string, string>> {
  return {
    'private dir': place('private'),
    'lock directory': place('lock'),
    'state directory': place('state'),
    'cache directory': place('cache'),
    'pid directory': place('pid'),
    'ncalrpc dir': place('ncalrpc'),
    'log file': place('log'),
    'passdb backend': `tdbsam:${place('private/passdb.tdb')}`,
    'bind interfaces only': 'yes',
    interfaces: '127.0.0.1/8',
    'smb ports': String(port),
    'server min protocol': 'SMB2_10',
    'map to guest': 'never',
    'disable netbios': 'yes',
    'disable spoolss': 'yes',
    'load printers': 'no',
  };
}

function sectionOf(name: string, settings: Readonly<Record<string, string>>): string {
  return [`[${name}]`, ...Object.entries(settings).map(([key, value]) => `${key} = ${value}`), ''].join('\n');
}

/** One that served a client that went away may have ended meanwhile. */
function sendIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function familyOf(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap((child) => familyOf(child.pid))];
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const opened = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return opened;
}
