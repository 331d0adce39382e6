import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { keepLog, keepLogFiles } from './kept-logs.ts';
import { waitFor } from './wait-for.ts';

export const NGINX = '/usr/sbin/nginx';
/** Started as root, nginx would give up the right to read a temporary folder. */
export const NGINX_USER = process.getuid?.() === 0 ? 'root' : undefined;

export interface PrivateNginx extends AsyncDisposable {
  readonly pid: number;
  /** On standard error, so far. */
  said(): string;
}

/** Runs what `nginx.conf` of the folder says, until it is disposed of; resolves once the port of loopback is open. */
export async function runNginx(folder: string, port: number): Promise<PrivateNginx> {
  const child = spawn(NGINX, ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr', '-g', 'daemon off;'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  keepLog('nginx', child.stderr);
  const ended = once(child, 'close');
  await using stack = new AsyncDisposableStack();
  stack.defer(async () => {
    child.kill('SIGTERM');
    await ended;
    keepLogFiles('nginx', folder, /\.log$/);
  });
  await waitFor('nginx', async () => {
    if (child.exitCode !== null) throw new Error(`nginx did not start: ${said}`);
    return (await isOpen(port)) || undefined;
  });
  const owned = stack.move();
  return {
    pid: child.pid ?? 0,
    said: () => said,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
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
