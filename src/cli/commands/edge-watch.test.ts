import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, temporaryFolder } from '../../../test/support/clef-process.ts';
import { isAbsent } from '../../../test/support/debian.ts';
import { LUA_MODULE } from '../../../test/support/start-edge.ts';
import { ReadyServer } from '../../../test/support/watched-nginx.ts';
import type { ClusterServer } from '../../edge/index.ts';
import { parseConfig } from '../config/config.ts';
import type { Shell, WithShell } from '../shell.ts';
import { edgeWatchCommand } from './edge-watch.ts';

describe.skipIf(isAbsent(LUA_MODULE))('clef edge watch', () => {
  const stack = new AsyncDisposableStack();
  const stop = new AbortController();
  const said: string[] = [];
  let place: string;
  let port: number;
  let servers: readonly ReadyServer[];
  beforeAll(async () => {
    place = stack.use(await temporaryFolder('edge-watch')).path;
    port = await freePort();
    servers = [stack.use(await ReadyServer.start('one')), stack.use(await ReadyServer.start('two'))];
  });
  afterAll(async () => {
    stop.abort();
    await stack.disposeAsync();
  });

  async function list(...entries: readonly (ClusterServer | undefined)[]): Promise<void> {
    const tables = entries.map(
      (entry) => `[[server]]\nname = "${entry?.name}"\naddress = "127.0.0.1:${entry?.port}"\n`,
    );
    const user = process.getuid?.() === 0 ? 'user = "root"' : '';
    const edge = `[edge]\nnames = ["localhost"]\nlisten = "127.0.0.1:${port}"\nfolder = "${place}"\n${user}\n`;
    await writeFile(join(place, 'next.toml'), [edge, ...tables].join('\n'));
    await rename(join(place, 'next.toml'), join(place, 'cluster.toml'));
  }

  function command() {
    const shell: Shell = {
      config: parseConfig({ env: { CLEF_LOG_LEVEL: 'silent' } }),
      dataRoot: join(place, 'none'),
      terminal: {
        isInteractive: false,
        print: () => undefined,
        say: (text) => void said.push(text),
        askSecret: () => Promise.reject(new Error('nobody to ask')),
      },
      signal: stop.signal,
      now: Date.now,
    };
    const withShell: WithShell =
      (act) =>
      (...rest) =>
        act(shell, ...rest);
    return edgeWatchCommand(withShell).exitOverride();
  }

  const answer = () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      (response) => response.text(),
      () => 'nothing',
    );

  it('runs an NGINX by a list of servers, follows the list, and ends it', async () => {
    const [one, two] = servers.map(({ entry }) => entry);
    await list(one);
    await mkdir(join(place, 'out'));
    const running = command().parseAsync(
      [
        join(place, 'cluster.toml'),
        '--out',
        join(place, 'out'),
        '--run',
        '--check',
        `http://127.0.0.1:${port}/`,
        '--metrics',
        join(place, 'edge.prom'),
      ],
      { from: 'user' },
    );
    await expect.poll(answer).toBe('one');
    await list(two);
    await expect.poll(answer, { timeout: 5_000 }).toBe('two');
    await expect.poll(() => said).toContain('The edge leads to two (one went; two came; two is ready).');
    const figures = () => readFile(join(place, 'edge.prom'), 'utf8');
    await expect.poll(figures).toContain('\nclef_edge_applied_total 2\n');
    expect(await figures()).toContain('\nclef_edge_servers 1\n');
    expect(await figures()).toContain('\nclef_edge_refusals_total 0\n');
    stop.abort();
    await running;
    expect(await answer()).toBe('nothing');
  });

  it('wants to know which NGINX, and whose servers', async () => {
    const asked = (...args: readonly string[]) => command().parseAsync(args, { from: 'user' });
    await expect(asked('x.toml', '--out', 'x')).rejects.toMatchObject({ code: 'usage' });
    await expect(asked('x.toml', '--out', 'x', '--run', '--check', 'edge')).rejects.toMatchObject({
      code: 'usage',
    });
  });
});
