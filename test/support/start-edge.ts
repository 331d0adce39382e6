import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type EdgeSite, type Membership, nginxFiles } from '../../src/edge/index.ts';
import { freePort, temporaryFolder } from './clef-process.ts';
import { waitFor } from './wait-for.ts';

export const NGINX = '/usr/sbin/nginx';
export const LUA_MODULE = '/usr/lib/nginx/modules/ngx_http_lua_module.so';
const RELAY = join(import.meta.dirname, '..', '..', 'src', 'edge', 'nginx', 'relay.lua');

export interface Edge extends AsyncDisposable {
  readonly baseUrl: string;
  readonly pid: number;
  /** Lines of JSON, once they are written. */
  accessLog(): Promise<string>;
  /** Everything that it said besides. */
  errorLog(): Promise<string>;
}

/** Of servers that listen on loopback. */
export function serversAt(baseUrls: readonly string[]): Membership {
  return {
    servers: baseUrls.map((url, at) => {
      const { hostname: host, port } = new URL(url);
      return { name: `server-${at + 1}`, host, port: Number(port), state: 'ready' };
    }),
  };
}

/** A private NGINX as `clef edge nginx` describes it, in a temporary folder. */
export async function startEdge(membership: Membership, options: Partial<EdgeSite> = {}): Promise<Edge> {
  await using stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(await temporaryFolder('edge'));
  const port = await freePort();
  const site: EdgeSite = {
    names: ['localhost'],
    listen: `127.0.0.1:${port}`,
    basePath: '',
    folder,
    modules: '/usr/lib/nginx/modules',
    cacheMib: 64,
    connectionsAnAddress: 10_000,
    // Started as root, nginx would give up the right to read a temporary folder.
    ...(process.getuid?.() === 0 && { user: 'root' }),
    ...options,
  };
  const files = nginxFiles(membership, site, await readFile(RELAY, 'utf8'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const child = spawn(NGINX, ['-c', 'nginx.conf', '-p', folder, '-e', 'stderr', '-g', 'daemon off;'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'close');
  stack.defer(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  await waitFor('nginx', async () => {
    if (child.exitCode !== null) throw new Error(`nginx did not start: ${said}`);
    return (await isOpen(port)) || undefined;
  });
  const owned = stack.move();
  const logOf = (name: string) => readFile(join(folder, name), 'utf8');
  return {
    baseUrl: `http${site.tls ? 's' : ''}://127.0.0.1:${port}${site.basePath}`,
    pid: child.pid ?? 0,
    accessLog: () => logOf('access.log'),
    errorLog: async () => said + (await logOf('error.log')),
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
