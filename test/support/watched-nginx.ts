import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { ClusterServer, EdgeFiles, Membership } from '../../src/edge/index.ts';
import { freePort } from './clef-process.ts';
import { NGINX_USER } from './private-nginx.ts';
import { waitFor } from './wait-for.ts';

/** A configuration that passes all on to who is there, and says so in a file beside it. */
export function plainProxy(port: number, folder: string): (membership: Membership) => EdgeFiles {
  const user = NGINX_USER === undefined ? '' : `user ${NGINX_USER};`;
  return ({ servers }) => ({
    'nginx.conf': `
${user}
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 64; }
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ')}
  include upstream.conf;
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://clef; proxy_connect_timeout 1s; proxy_read_timeout 1s; }
  }
}
`,
    'upstream.conf': `upstream clef { ${servers
      .map(({ host, port: at, state }) => `server ${host}:${at}${state === 'draining' ? ' down' : ''};`)
      .join(' ')} }\n`,
  });
}

/** Names of the servers that NGINX would use, by ports. */
export async function upstreamIn(folder: string): Promise<readonly number[]> {
  const text = await readFile(`${folder}/current/upstream.conf`, 'utf8').catch(() => '');
  return Array.from(text.matchAll(/server [\d.]+:(\d+);/g), ([, port]) => Number(port));
}

/** A process that is ready, and says which one it is. */
export class ReadyServer implements AsyncDisposable {
  readonly entry: ClusterServer;
  #child: ChildProcess | undefined;

  private constructor(name: string, port: number) {
    this.entry = { name, host: '127.0.0.1', port, state: 'ready' };
  }

  static async start(name: string): Promise<ReadyServer> {
    const server = new ReadyServer(name, await freePort());
    await server.start();
    return server;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async start(): Promise<void> {
    const { name, port } = this.entry;
    const answer = `require('node:http').createServer((_, response) => response.end('${name}')).listen(${port}, '127.0.0.1')`;
    this.#child = spawn(process.execPath, ['-e', answer], { stdio: 'ignore' });
    await waitFor(name, () =>
      fetch(`http://127.0.0.1:${port}`).then(
        ({ ok }) => ok || undefined,
        () => undefined,
      ),
    );
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'close');
    child.kill('SIGKILL');
    await ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
