import type { Server } from 'node:net';
import { createMediaWorker, type MediaWorker, type TicketReader } from '../../http/media-worker/index.ts';
import { createVaultReader, loadErasureCode, nodeAead, NodeSet, releasePiece } from '../../vault/index.ts';
import { openDirectoryNode } from '../../vault/nodes/directory.ts';
import { type FromWorker, type ToWorker, type WorkerSettings, writeSent } from './media-worker-protocol.ts';

/** As often as the main process asks its own. */
const PROBE_NODES_MS = 15_000;

/** Serves what the main process says on the listener that it hands over. */
export function runMediaWorker(): void {
  let worker: Promise<MediaWorker> | undefined;
  process.on('message', (message: ToWorker, listener?: Server) => {
    switch (message.kind) {
      case 'start':
        // A main process that closes already has no listener to share.
        if (listener) worker = start(message.settings, listener);
        else process.disconnect?.();
        break;
      case 'drain':
        void drain(worker, message.withinMs);
        break;
      default:
        message satisfies never;
    }
  });
}

async function start(settings: WorkerSettings, listener: Server): Promise<MediaWorker> {
  const worker = createMediaWorker({
    socketPath: settings.socketPath,
    secret: settings.secret,
    reader: await openReader(settings),
    counter: {
      opened: () => tell({ kind: 'opened' }),
      closed: (sent) => tell({ kind: 'sent', sent: writeSent(sent) }),
    },
  });
  worker.server.listen(listener, () => tell({ kind: 'ready' }));
  return worker;
}

async function drain(worker: Promise<MediaWorker> | undefined, withinMs: number): Promise<void> {
  await (await worker)?.drain(withinMs);
  process.disconnect?.();
}

async function openReader({ nodes, cacheBytes, sealedBytes }: WorkerSettings): Promise<TicketReader> {
  const set = new NodeSet({ now: Date.now });
  for (const { root, id, failureDomain } of nodes) {
    await set.mount({
      id,
      failureDomain,
      weight: 1,
      open: () => openDirectoryNode({ root, expectedId: id, failureDomain }),
    });
  }
  setInterval(() => void set.probe(), PROBE_NODES_MS).unref();
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
    release: releasePiece,
  };
}

function tell(message: FromWorker): void {
  // A parent that is gone ends this process by itself.
  if (process.connected) process.send?.(message);
}
