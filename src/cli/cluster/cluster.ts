import { ClefError } from '../../core/index.ts';
import type { ClusterLayout } from './layout.ts';
import { edgePart } from './edge-part.ts';
import { mariadbParts } from './mariadb-parts.ts';
import { natsParts } from './nats-parts.ts';
import type { Part, PartEnd } from './part.ts';
import { runCommand } from './run-command.ts';
import { joinLibrary, serverParts } from './server-parts.ts';
import { storageParts } from './storage.ts';

const QUEUES = 3;
const DATA_NODES = 4;
const SPIDERS = 2;

export interface ClusterOptions {
  /** Absolute; everything of it lies there. */
  readonly folder: string;
  readonly layout: ClusterLayout;
  /** Absent: the demo album. */
  readonly music: string | undefined;
  /** Of the edge, `ADDRESS:PORT`. */
  readonly listen: string;
  readonly baseUrl: string;
  readonly hasCeph: boolean;
  readonly now: () => number;
}

/** Parts that may start at once, or a command that is run between. */
interface Step {
  readonly says: string;
  readonly parts?: readonly Part[];
  readonly run?: (signal: AbortSignal) => Promise<unknown>;
}

/** Servers, queue, databases, storage and edge of one library, on one machine. */
export class Cluster {
  readonly parts: readonly Part[];
  readonly #steps: readonly Step[];

  private constructor(steps: readonly Step[]) {
    this.#steps = steps;
    this.parts = steps.flatMap(({ parts = [] }) => parts);
  }

  /** Lays out its folder; nothing runs yet. */
  static async open(options: ClusterOptions): Promise<Cluster> {
    const { folder, layout, music, listen, baseUrl, hasCeph, now } = options;
    const [queues, databases, storage] = [
      await natsParts(folder, layout, QUEUES),
      await mariadbParts(folder, layout, { dataNodes: DATA_NODES, spiders: SPIDERS }),
      await storageParts(folder, layout, { hasCeph }),
    ];
    const shared = {
      CLEF_CATALOG: databases.catalog,
      CLEF_NATS: queues.url,
      CLEF_NODES: storage.nodes,
      CLEF_BASE_URL: baseUrl,
    };
    const servers = await serverParts(folder, layout, { shared, music });
    const [first, ...others] = servers;
    if (!first) throw new Error('a cluster has a server');
    const edge = await edgePart(folder, {
      listen,
      baseUrl,
      env: { CLEF_DATA: first.data, CLEF_NATS: queues.url },
      now: now(),
    });
    await layout.save();
    return new Cluster([
      {
        says: 'starting storage nodes, queue and data nodes',
        parts: [...storage.parts, ...queues.parts, ...databases.dataNodes],
      },
      { says: 'starting Spider nodes', parts: databases.spiders },
      {
        says: 'making the catalogue’s tables',
        run: (signal) => runCommand(['catalog', 'shards', 'apply', databases.listFile], { env: {}, signal }),
      },
      { says: 'starting the first server', parts: [first.part] },
      {
        says: 'letting the other servers into the library',
        run: (signal) => joinLibrary(others, first, signal),
      },
      { says: 'starting the other servers', parts: others.map(({ part }) => part) },
      { says: 'starting the edge', parts: [edge] },
    ]);
  }

  /** In order: what each part needs is there before it. Left running where it fails: `stop` ends that. */
  async start(signal: AbortSignal, onStep: (says: string) => void): Promise<void> {
    for (const { says, parts = [], run } of this.#steps) {
      signal.throwIfAborted();
      onStep(says);
      await run?.(signal);
      await startAll(parts, signal);
    }
  }

  /** The other way round. Who had to be killed. */
  async stop(): Promise<readonly string[]> {
    const forced: string[] = [];
    for (const { parts = [] } of this.#steps.toReversed()) {
      const ends = await Promise.all(
        parts.map(async (part): Promise<[string, PartEnd]> => [part.name, await part.stop()]),
      );
      forced.push(...ends.flatMap(([name, end]) => (end === 'by force' ? [name] : [])));
    }
    return forced;
  }

  /** What an earlier run left running, because it was killed itself. */
  async clear(): Promise<number> {
    let killed = 0;
    for (const part of this.parts.toReversed()) killed += await part.clear();
    return killed;
  }

  async look(): Promise<void> {
    await Promise.all(this.parts.map((part) => part.look()));
  }

  /** `usage` where nothing has that name. */
  find(name: string): Part {
    const part = this.parts.find((one) => one.name === name);
    if (part) return part;
    const names = this.parts.map((one) => one.name).toSorted();
    throw new ClefError(
      'usage',
      `nothing here is called ${JSON.stringify(name)}; there are ${names.join(', ')}`,
    );
  }
}

/** All are started or none is on its way any more when this returns. */
async function startAll(parts: readonly Part[], signal: AbortSignal): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  await Promise.all(parts.map((part) => part.start(either).catch((error: unknown) => failed.abort(error))));
  failed.signal.throwIfAborted();
}
