import { randomBytes, randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import * as v from 'valibot';
import { ClefError } from '../../core/index.ts';
import { writeDurably } from '../data-folder.ts';

const schema = v.object({
  ports: v.record(v.string(), v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))),
  secrets: v.record(v.string(), v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))),
});

/** Below those that systems give to outgoing connections, which may take a port between two starts. */
const [LEAST_PORT, LEAST_OUTGOING_PORT] = [20_000, 32_768];

/** Ports and secrets of a cluster's parts, drawn once and the same at each start. */
export class ClusterLayout {
  readonly #file: string;
  readonly #ports: Map<string, number>;
  readonly #secrets: Map<string, string>;

  private constructor(file: string, { ports, secrets }: v.InferOutput<typeof schema>) {
    this.#file = file;
    this.#ports = new Map(Object.entries(ports));
    this.#secrets = new Map(Object.entries(secrets));
  }

  /** Of a file that may not be there yet. `data-invalid` where it is damaged. */
  static async open(file: string): Promise<ClusterLayout> {
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
      return new ClusterLayout(file, { ports: {}, secrets: {} });
    }
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
    if (!parsed.success)
      throw new ClefError('data-invalid', 'the list of the cluster’s ports and secrets is damaged');
    return new ClusterLayout(file, parsed.output);
  }

  /** Drawn now where it is not known yet, free on all addresses of loopback. */
  async port(of: string): Promise<number> {
    const known = this.#ports.get(of);
    if (known !== undefined) return known;
    const taken = new Set(this.#ports.values());
    let port = await freePort();
    while (taken.has(port)) port = await freePort();
    this.#ports.set(of, port);
    return port;
  }

  /** 128 random bits in hexadecimal digits. */
  secret(of: string): string {
    const known = this.#secrets.get(of) ?? randomBytes(16).toString('hex');
    this.#secrets.set(of, known);
    return known;
  }

  async save(): Promise<void> {
    const value = { ports: Object.fromEntries(this.#ports), secrets: Object.fromEntries(this.#secrets) };
    await writeDurably(this.#file, `${JSON.stringify(value, null, 2)}\n`);
  }
}

async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LEAST_PORT, LEAST_OUTGOING_PORT);
    const server = createServer().listen(port, '0.0.0.0');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
