import { type AssetId, isClefError } from '../../core/index.ts';
import { signTombstone, writeTombstone } from '../../vault/index.ts';
import type { App } from '../app/app.ts';

/** A week in which a mistake, or a file that comes back, can take an asset up again. */
const ORPHAN_AGE_MS = 7 * 86_400_000;

/**
 * Signs that an asset which nothing refers to may go, and forgets it; a sweep erases it when its tombstone is old
 * enough. False, and nothing is forgotten, where something refers to it again.
 */
export async function buryAsset(app: App, assetId: AssetId, signal: AbortSignal): Promise<boolean> {
  const { catalog, data, nodes, registry, keys, shell } = app;
  const named = { libraryId: data.identity.libraryId, assetId, atMs: shell.now() };
  const tombstone = await signTombstone(named, keys.server.signingKey);
  await writeTombstone(tombstone, { nodes, trust: keys.keys.trust, copies: registry.policy.m + 1, signal });
  try {
    await catalog.forgetAsset(assetId);
    return true;
  } catch (error) {
    if (isClefError(error, 'catalog-conflict')) return false;
    throw error;
  }
}

/**
 * What was replaced by newer bytes, and what a removal that was cut off left behind, once it has been without use
 * for a week. Returns how many.
 */
export async function buryOrphans(app: App, signal: AbortSignal): Promise<number> {
  let buried = 0;
  for await (const { assetId } of app.catalog.orphanedAssets(app.shell.now() - ORPHAN_AGE_MS)) {
    signal.throwIfAborted();
    if (await buryAsset(app, assetId, signal)) buried++;
  }
  return buried;
}
