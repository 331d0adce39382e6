import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../test/support/clef-process.ts';
import { BenchSkipped } from './bench.ts';

export interface Nginx extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
}

const PROGRAM = 'nginx';
const START_TIMEOUT_MS = 10_000;
const POLL_MS = 20;

/** A private nginx that serves a folder with sendfile, in the foreground, with all its files in `folder`. */
export async function startNginx(options: { folder: string; root: string }): Promise<Nginx> {
  const port = await freePort();
  await mkdir(join(options.folder, 'logs'), { recursive: true });
  await writeFile(join(options.folder, 'nginx.conf'), configuration(port, options.root));
  const child = spawn(
    PROGRAM,
    ['-p', options.folder, '-c', 'nginx.conf', '-e', 'stderr', '-g', 'daemon off;'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = once(child, 'close');
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw new BenchSkipped('the program nginx is missing', { cause: error });
  }
  const deadlineMs = performance.now() + START_TIMEOUT_MS;
  while (!(await answers(port))) {
    if (child.exitCode !== null || performance.now() > deadlineMs) {
      child.kill('SIGKILL');
      throw new Error(`nginx did not start:\n${errors}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return {
    port,
    // A process that was spawned has an id.
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function answers(port: number): Promise<boolean> {
  try {
    await fetch(`http://127.0.0.1:${port}/`, { method: 'HEAD' });
    return true;
  } catch {
    return false;
  }
}

function configuration(port: number, root: string): string {
  // Started as root, nginx would give up the right to read a temporary folder.
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `
${user}
worker_processes auto;
worker_rlimit_nofile 20000;
pid logs/nginx.pid;
events { worker_connections 20000; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 600;
  keepalive_requests 1000000000;
  client_body_temp_path logs/body;
  proxy_temp_path logs/proxy;
  fastcgi_temp_path logs/fastcgi;
  uwsgi_temp_path logs/uwsgi;
  scgi_temp_path logs/scgi;
  default_type audio/wav;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    root ${JSON.stringify(root)};
  }
}
`;
}
