import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterLayout } from './layout.ts';
import { ProcessPart } from './process-part.ts';

const USER = 'clef';

export interface NatsParts {
  readonly parts: readonly ProcessPart[];
  /** For `CLEF_NATS`. */
  readonly url: string;
}

interface Ports {
  readonly client: number;
  readonly cluster: number;
  readonly monitor: number;
}

/** A cluster of nats-server with JetStream: two of three keep what is acknowledged. */
export async function natsParts(folder: string, layout: ClusterLayout, count: number): Promise<NatsParts> {
  const names = Array.from({ length: count }, (_, at) => `nats-${at + 1}`);
  const ports = new Map<string, Ports>();
  for (const name of names)
    ports.set(name, {
      client: await layout.port(name),
      cluster: await layout.port(`${name}-cluster`),
      monitor: await layout.port(`${name}-monitor`),
    });
  const password = layout.secret('nats');
  const routes = Array.from(ports.values(), ({ cluster }) => `nats://127.0.0.1:${cluster}`);
  const parts: ProcessPart[] = [];
  for (const [name, own] of ports) {
    const place = join(folder, name);
    await mkdir(place, { recursive: true, mode: 0o700 });
    const file = join(place, 'nats.conf');
    const settings = [
      `server_name: ${name}`,
      `listen: "127.0.0.1:${own.client}"`,
      `http: "127.0.0.1:${own.monitor}"`,
      `cluster: { name: clef, listen: "127.0.0.1:${own.cluster}", routes: [${routes.join(', ')}] }`,
      `jetstream: { store_dir: ${JSON.stringify(join(place, 'store'))} }`,
      `authorization: { user: ${USER}, password: "${password}" }`,
    ];
    await writeFile(file, settings.join('\n'), { mode: 0o600 });
    parts.push(
      new ProcessPart({
        name,
        kind: 'queue',
        serves: 'playback sessions, who is there',
        command: ['nats-server', '-c', file],
        logFile: join(place, 'log'),
        answers: () => isHealthy(own.monitor),
      }),
    );
  }
  const addresses = Array.from(
    ports.values(),
    ({ client }) => `nats://${USER}:${password}@127.0.0.1:${client}`,
  );
  return { parts, url: addresses.join(',') };
}

async function isHealthy(port: number): Promise<boolean> {
  const address = `http://127.0.0.1:${port}/healthz?js-server-only=true`;
  return fetch(address, { signal: AbortSignal.timeout(3_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}
