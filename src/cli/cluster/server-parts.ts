import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { holdsLibrary, recoveryKitFolder } from '../data-folder.ts';
import type { ClusterLayout } from './layout.ts';
import { ProcessPart } from './process-part.ts';
import { clefProgram, runCommand } from './run-command.ts';

const SERVERS = 3;
const ANSWERS_WITHIN_MS = 3_000;

/** What all servers of the library are told. */
export interface SharedSettings {
  readonly CLEF_CATALOG: string;
  readonly CLEF_NATS: string;
  readonly CLEF_NODES: string;
  readonly CLEF_BASE_URL: string;
}

export interface ClefServerPart {
  readonly part: ProcessPart;
  readonly data: string;
  /** For commands of Clef on it. */
  readonly env: Readonly<Record<string, string>>;
}

/** Clef's servers. The first begins the library and has the music; the others join it. */
export async function serverParts(
  folder: string,
  layout: ClusterLayout,
  { shared, music }: { readonly shared: SharedSettings; readonly music: string | undefined },
): Promise<readonly ClefServerPart[]> {
  const servers: ClefServerPart[] = [];
  for (let at = 0; at < SERVERS; at++) {
    const name = `server-${at + 1}`;
    const place = join(folder, name);
    const data = join(place, 'data');
    await mkdir(data, { recursive: true, mode: 0o700 });
    const address = `127.0.0.1:${await layout.port(name)}`;
    const env = {
      ...shared,
      CLEF_DATA: data,
      CLEF_LISTEN: address,
      CLEF_CLUSTER_ADDRESS: address,
      CLEF_SERVER_NAME: name,
      CLEF_POLICY: '4+2',
      CLEF_TRUSTED_PROXIES: 'loopback',
      // Three servers share the machine's cores.
      CLEF_WORKERS: '0',
      CLEF_ADMIN_PASSWORD: layout.secret('admin'),
      CLEF_RECOVERY_PASSPHRASE: layout.secret('recovery'),
    };
    const sources = at === 0 && music !== undefined ? [music] : [];
    servers.push({
      data,
      env,
      part: new ProcessPart({
        name,
        kind: 'server',
        serves: `http://${address}`,
        command: [...clefProgram(), 'start', ...sources],
        env,
        logFile: join(place, 'log'),
        answers: () => isReady(address),
      }),
    });
  }
  return servers;
}

/** Has servers take up the library of one that runs, as on machines of their own (ADR 32). Broken off, it is done again. */
export async function joinLibrary(
  servers: readonly ClefServerPart[],
  first: ClefServerPart,
  signal: AbortSignal,
): Promise<void> {
  const joined = await Promise.all(servers.map(({ data }) => holdsLibrary(data)));
  const newcomers = servers.filter((_, at) => !joined[at]);
  if (newcomers.length === 0) return;
  const ofFirst = { env: first.env, signal };
  const cards = await Promise.all(
    newcomers.map(async ({ part: { name }, data, env }) => {
      const card = join(data, '..', 'card.json');
      await writeFile(card, await runCommand(['keys', 'card', '--name', name], { env, signal }));
      return card;
    }),
  );
  const kit = recoveryKitFolder(first.data);
  for (const card of cards) await runCommand(['keys', 'recipients', 'add', card, '--kit', kit], ofFirst);
  const invitation = await runCommand(['server', 'invite'], ofFirst);
  await Promise.all(newcomers.map(({ env }) => runCommand(['server', 'join', invitation], { env, signal })));
}

function isReady(address: string): Promise<boolean> {
  return fetch(`http://${address}/readyz`, { signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) }).then(
    async (answer) => {
      await answer.body?.cancel();
      return answer.ok;
    },
    () => false,
  );
}
