import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EdgeSite, type Membership, nginxFiles } from '../../src/edge/index.ts';
import { freePort, temporaryFolder } from './clef-process.ts';
import { NGINX_USER, runNginx } from './private-nginx.ts';

export const LUA_MODULE = '/usr/lib/nginx/modules/ngx_http_lua_module.so';
const RELAY = join(import.meta.dirname, '..', '..', 'src', 'edge', 'nginx', 'relay.lua');

export interface Edge extends AsyncDisposable {
  readonly baseUrl: string;
  readonly port: number;
  readonly pid: number;
  /** Lines of JSON, once they are written. */
  accessLog(): Promise<string>;
  /** Everything that it said besides. */
  errorLog(): Promise<string>;
}

interface EdgeChange {
  /** Of what NGINX is told, to measure what it would be otherwise. */
  readonly change?: (configuration: string) => string;
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
export async function startEdge(
  membership: Membership,
  { change = (text) => text, ...options }: Partial<EdgeSite> & EdgeChange = {},
): Promise<Edge> {
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
    ...(NGINX_USER !== undefined && { user: NGINX_USER }),
    ...options,
  };
  const rendered = nginxFiles(membership, site, await readFile(RELAY, 'utf8'));
  const files = { ...rendered, 'nginx.conf': change(rendered['nginx.conf']) };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const nginx = stack.use(await runNginx(folder, port));
  const owned = stack.move();
  const logOf = (name: string) => readFile(join(folder, name), 'utf8');
  return {
    baseUrl: `http${site.tls ? 's' : ''}://127.0.0.1:${port}${site.basePath}`,
    port,
    pid: nginx.pid,
    accessLog: () => logOf('access.log'),
    errorLog: async () => nginx.said() + (await logOf('error.log')),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
