import type { Socket } from 'node:net';
import { createMediaWorker, type MediaWorker, type TicketReader } from '../../http/media-worker/index.ts';
import { createVaultReader, loadErasureCode, nodeAead, NodeSet, releasePiece } from '../../vault/index.ts';
import { NodeMeter } from '../../vault/nodes/measure.ts';
import { openNode } from './node-places.ts';
import {
  type FromWorker,
  type ToWorker,
  type WorkerNode,
  type WorkerSettings,
  writeSent,
} from './media-worker-protocol.ts';

/** As often as the main process asks its own. */
const PROBE_NODES_MS = 15_000;

/** Serves the connections that the main process hands over, with the keys of its tickets. */
export function runMediaWorker(): void {
  let worker: MediaWorker | undefined;
  const meter = new NodeMeter(() => performance.now());
  const set = new NodeSet({ now: Date.now, decorate: (node) => meter.measure(node) });
  // One after the other, so that a node is not mounted twice.
  let mounting: Promise<void> = Promise.resolve();
  function mount(nodes: readonly WorkerNode[]): Promise<void> {
    mounting = mounting.then(() => mountExactly(set, nodes)).catch(() => undefined);
    return mounting;
  }
  async function start(settings: WorkerSettings): Promise<void> {
    await mount(settings.nodes);
    setInterval(() => {
      void set.probe();
      const reports = meter.take();
      if (reports.length > 0) tell({ kind: 'nodes', reports });
    }, PROBE_NODES_MS).unref();
    worker = await createWorker(settings, set);
    tell({ kind: 'ready' });
  }
  process.on('message', (message: ToWorker, socket?: Socket) => {
    switch (message.kind) {
      case 'start':
        void start(message.settings);
        break;
      case 'nodes':
        void mount(message.nodes);
        break;
      case 'connection':
        take(worker, socket);
        break;
      case 'drain':
        void drain(worker, message.withinMs);
        break;
      default:
        message satisfies never;
    }
  });
}

async function createWorker(settings: WorkerSettings, nodes: NodeSet): Promise<MediaWorker> {
  return createMediaWorker({
    socketPath: settings.socketPath,
    secret: settings.secret,
    reader: await openReader(settings, nodes),
    counter: {
      opened: () => tell({ kind: 'opened' }),
      closed: (sent) => tell({ kind: 'sent', sent: writeSent(sent) }),
    },
  });
}

/** Without a socket where its client went away on the way here. */
function take(worker: MediaWorker | undefined, socket: Socket | undefined): void {
  tell({ kind: 'taken' });
  if (!socket) {
    tell({ kind: 'left' });
    return;
  }
  socket.once('close', () => tell({ kind: 'left' }));
  if (worker) worker.take(socket);
  else socket.destroy();
}

async function drain(worker: MediaWorker | undefined, withinMs: number): Promise<void> {
  await worker?.drain(withinMs);
  // Told twice, it ends once.
  if (process.connected) process.disconnect?.();
}

/** Makes a set hold these nodes and no others. */
async function mountExactly(set: NodeSet, nodes: readonly WorkerNode[]): Promise<void> {
  const known = new Set(set.known().map(({ id }) => id));
  for (const { spec, id, failureDomain, weight } of nodes) {
    if (known.delete(id)) set.weigh(id, weight);
    else {
      const open = () => openNode(spec, { expectedId: id, failureDomain });
      await set.mount({ id, failureDomain, weight, open });
    }
  }
  for (const id of known) await set.unmount(id);
}

async function openReader(
  { cacheBytes, sealedBytes }: WorkerSettings,
  nodes: NodeSet,
): Promise<TicketReader> {
  const vault = createVaultReader({
    nodes,
    aead: nodeAead,
    erasure: await loadErasureCode(),
    onDamage: (report) => tell({ kind: 'damage', report }),
    now: Date.now,
    cacheBytes,
    sealedBytes,
  });
  return {
    read: (asset, trackKey, range, signal) => vault.read(asset, trackKey, range, { signal }),
    readColumn: (asset, column, range, signal) => vault.readColumn(asset, column, range, { signal }),
    release: releasePiece,
  };
}

function tell(message: FromWorker): void {
  // A parent that is gone ends this process by itself.
  if (process.connected) process.send?.(message);
}
