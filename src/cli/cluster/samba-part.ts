import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ClusterLayout } from './layout.ts';
import { ProcessPart } from './process-part.ts';

const run = promisify(execFile);
const SHARE = 'clef';

export interface ShareNode {
  readonly part: ProcessPart;
  /** For `CLEF_NODES`. */
  readonly address: string;
}

/** A storage node on a share of a private smbd, whose user is whoever runs this. */
export async function sambaNode(folder: string, layout: ClusterLayout, name: string): Promise<ShareNode> {
  const place = (part: string) => join(folder, name, part);
  for (const part of ['share/columns', 'private', 'lock', 'state', 'cache', 'pid', 'ncalrpc'])
    await mkdir(place(part), { recursive: true, mode: 0o700 });
  const port = await layout.port(name);
  const configuration = place('smb.conf');
  const settings = {
    'private dir': place('private'),
    'lock directory': place('lock'),
    'state directory': place('state'),
    'cache directory': place('cache'),
    'pid directory': place('pid'),
    'ncalrpc dir': place('ncalrpc'),
    'log file': place('smbd.log'),
    'passdb backend': `tdbsam:${place('private/passdb.tdb')}`,
    'bind interfaces only': 'yes',
    interfaces: '127.0.0.1/8',
    'smb ports': String(port),
    'server min protocol': 'SMB3',
    'server smb encrypt': 'required',
    'map to guest': 'never',
    'disable netbios': 'yes',
    'disable spoolss': 'yes',
    'load printers': 'no',
  };
  await writeFile(
    configuration,
    [
      '[global]',
      ...linesOf(settings),
      `[${SHARE}]`,
      ...linesOf({ path: place('share'), 'read only': 'no' }),
    ].join('\n'),
  );
  const { username } = userInfo();
  const password = layout.secret(name);
  const setting = run('smbpasswd', ['-c', configuration, '-s', '-a', username]);
  setting.child.stdin?.end(`${password}\n${password}\n`);
  await setting;
  const keyFile = place('share.key');
  await writeFile(keyFile, `user = ${JSON.stringify(username)}\npassword = "${password}"\n`, { mode: 0o600 });
  return {
    part: new ProcessPart({
      name,
      kind: 'storage node',
      serves: 'columns on an SMB share',
      command: ['smbd', '--foreground', '--no-process-group', '-s', configuration],
      logFile: place('log'),
      answers: () => isOpen(port),
    }),
    address: `smb://127.0.0.1:${port}/${SHARE}/columns?key=${encodeURIComponent(keyFile)}#domain=${name}`,
  };
}

function linesOf(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).map(([name, value]) => `  ${name} = ${value}`);
}

/** A listener that hangs takes connections all the same: what is slow, the vault finds out. */
async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const opened = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return opened;
}
