import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clefBinary, clefEnvironment, freePort, temporaryFolder } from './clef-process.ts';
import { NGINX_USER } from './private-nginx.ts';
import { waitFor } from './wait-for.ts';

/** An NGINX that `clef edge watch` keeps to the servers that announce themselves. */
export interface WatchedEdge extends AsyncDisposable {
  readonly baseUrl: string;
  /** Resolves once it gives new things to so many servers. */
  leadsTo(servers: number): Promise<void>;
  /** How often NGINX was given another configuration. */
  changes(): number;
  /** Lines of JSON, once they are written. */
  accessLog(): Promise<string>;
}

/** `settings` of one of the servers: they say where NATS is, and which library it is. */
export async function startWatchedEdge(
  settings: Record<string, string>,
  servers: number,
): Promise<WatchedEdge> {
  await using stack = new AsyncDisposableStack();
  const { path: place } = stack.use(await temporaryFolder('watched-edge'));
  const port = await freePort();
  const out = join(place, 'out');
  await mkdir(out);
  const list = join(place, 'cluster.toml');
  await writeFile(
    list,
    [
      '[edge]',
      'names = ["localhost"]',
      `listen = "127.0.0.1:${port}"`,
      `folder = "${place}"`,
      'cache_mib = 64',
      'connections_an_address = 10000',
      NGINX_USER === undefined ? '' : `user = "${NGINX_USER}"`,
    ].join('\n'),
  );
  const child = spawn(clefBinary, ['edge', 'watch', list, '--out', out, '--run'], {
    env: clefEnvironment(settings),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'close');
  stack.defer(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const leadsTo = async (count: number) => {
    await waitFor(`an edge that leads to ${count} servers`, async () => {
      if (child.exitCode !== null) throw new Error(`clef edge watch ended:\n${said}`);
      const text = await readFile(join(out, 'current', 'nginx.conf'), 'utf8').catch(() => '');
      return text.split('draining = false').length - 1 === count || undefined;
    });
  };
  await leadsTo(servers);
  const baseUrl = `http://127.0.0.1:${port}`;
  await waitFor('an edge to answer', async () => {
    const answer = await fetch(`${baseUrl}/readyz`).catch(() => undefined);
    return answer?.ok || undefined;
  });
  const owned = stack.move();
  return {
    baseUrl,
    leadsTo,
    changes: () => said.split('The edge leads to').length - 1,
    accessLog: () => readFile(join(place, 'access.log'), 'utf8'),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
