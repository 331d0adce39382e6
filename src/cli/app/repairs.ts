import { loadErasureCode, repairLayout, type RepairOptions, repairReported } from '../../vault/index.ts';
import type { App } from './app.ts';

/** Degraded assets that are tried in one go. */
const MAX_DEGRADED = 500;

/**
 * Restores what readers found damaged, and, while every node is there, what degraded writes left out. What a node
 * that is away may have is left to it.
 */
export async function repairWhatWasFound(app: App, signal: AbortSignal): Promise<void> {
  const { vault, nodes, keys, data, catalog, log, shell, vaultNews } = app;
  const options: RepairOptions = {
    nodes,
    libraryId: data.identity.libraryId,
    trust: keys.keys.trust,
    now: shell.now,
    erasure: await loadErasureCode(),
    depth: 'full',
    signal,
    async onOutcome({ name, columnNodes, repaired, unrepaired }) {
      if (columnNodes.length === 0) return;
      await catalog.setColumnNodes({ ...name, columnNodes, degraded: unrepaired.length > 0 });
      if (repaired.length + unrepaired.length === 0) return;
      if (repaired.length > 0) vaultNews.tell();
      log.info({ assetId: name.assetId, repaired, unrepaired }, 'an asset was repaired');
    },
  };
  await repairReported(vault.damage, options);
  if (!nodes.complete) return;
  let tried = 0;
  for await (const { libraryId, assetId, layoutId } of catalog.degradedAssets()) {
    if (++tried > MAX_DEGRADED) return;
    await repairLayout({ libraryId, assetId, layoutId }, { ...options, depth: 'head' });
  }
}
