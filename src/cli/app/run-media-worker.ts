import type { Socket } from 'node:net';
import { createMediaWorker, type MediaWorker, type TicketReader } from '../../http/media-worker/index.ts';
import {
  createVaultReader,
  loadErasureCode,
  nodeAead,
  NodeMeter,
  NodeSet,
  releasePiece,
} from '../../vault/index.ts';
import { openNode } from './node-places.ts';
import { type FromWorker, type ToWorker, type WorkerSettings, writeSent } from './media-worker-protocol.ts';

/** As often as the main process asks its own. */
const PROBE_NODES_MS = 15_000;

/** Serves the connections that the main process hands over, with the keys of its tickets. */
export function runMediaWorker(): void {
  let worker: MediaWorker | undefined;
  async function start(settings: WorkerSettings): Promise<void> {
    worker = await createWorker(settings);
    tell({ kind: 'ready' });
  }
  process.on('message', (message: ToWorker, socket?: Socket) => {
    switch (message.kind) {
      case 'start':
        void start(message.settings);
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

async function createWorker(settings: WorkerSettings): Promise<MediaWorker> {
  return createMediaWorker({
    socketPath: settings.socketPath,
    secret: settings.secret,
    reader: await openReader(settings),
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
  process.disconnect?.();
}

async function openReader({ nodes, cacheBytes, sealedBytes }: WorkerSettings): Promise<TicketReader> {
  const meter = new NodeMeter(() => performance.now());
  const set = new NodeSet({ now: Date.now, meter });
  for (const { spec, id, failureDomain } of nodes) {
    await set.mount({
      id,
      failureDomain,
      weight: 1,
      open: () => openNode(spec, { expectedId: id, failureDomain }),
    });
  }
  setInterval(() => {
    void set.probe();
    const reports = meter.take();
    if (reports.length > 0) tell({ kind: 'nodes', reports });
  }, PROBE_NODES_MS).unref();
  const vault = createVaultReader({
    nodes: set,
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
