import type { CatalogReader } from '../../catalog/index.ts';
import type { LayoutName, MaintenanceOptions } from '../../vault/index.ts';
import type { LockedApp } from '../app/app.ts';
import { keylessTrust } from '../app/trust.ts';
import type { OperationContext } from './operation.ts';

/** What everything that walks the nodes is given; nodes that were away are asked before. */
export async function maintenance(
  app: LockedApp,
  bytesPerSecond: number | undefined,
  { signal, onProgress }: OperationContext,
): Promise<MaintenanceOptions> {
  await app.nodes.probe({ signal });
  return {
    nodes: app.nodes,
    libraryId: app.data.identity.libraryId,
    trust: await keylessTrust(app),
    now: app.shell.now,
    signal,
    ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
    onProgress: ({ partsDone, partCount, layouts, bytesRead }) =>
      onProgress({
        done: layouts,
        total: Math.max(layouts, Math.round((layouts * partCount) / Math.max(1, partsDone))),
        bytesDone: bytesRead,
      }),
  };
}

/** Of a layout in place of which the catalogue names another. */
export function supersededIn(catalog: Pick<CatalogReader, 'asset'>): (name: LayoutName) => Promise<boolean> {
  return async ({ assetId, layoutId }) => {
    const asset = await catalog.asset(assetId);
    return asset !== undefined && asset.layoutId !== layoutId;
  };
}
