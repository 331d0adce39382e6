import { type AssetId, isClefError } from '../../core/index.ts';
import { findTombstone, signTombstone, writeTombstone } from '../../vault/index.ts';
import type { App } from '../app/app.ts';

/** A week in which a mistake, or a file that comes back, can take an asset up again. */
const ORPHAN_AGE_MS = 7 * 86_400_000;

/**
 * Signs that an asset which nothing refers to may go. The catalogue knows it on, for those who are still reading it. False
 * where that was signed before: the time then counts.
 */
export async function signRemoval(
  { data, nodes, registry, keys, shell }: App,
  assetId: AssetId,
  signal: AbortSignal,
): Promise<boolean> {
  const name = { libraryId: data.identity.libraryId, assetId };
  const options = { nodes, trust: keys.keys.trust, signal };
  const known = await findTombstone(name, options);
  const tombstone = known ?? (await signTombstone({ ...name, atMs: shell.now() }, keys.server.signingKey));
  await writeTombstone(tombstone, { ...options, copies: registry.policy.m + 1 });
  return known === undefined;
}

/**
 * Signs that an asset which nothing refers to may go, and forgets it; a sweep erases it when its tombstone is old
 * enough. False where that was signed before, and where something refers to it again: then nothing is forgotten.
 */
export async function buryAsset(app: App, assetId: AssetId, signal: AbortSignal): Promise<boolean> {
  const isNew = await signRemoval(app, assetId, signal);
  try {
    await app.catalog.forgetAsset(assetId);
    return isNew;
  } catch (error) {
    if (isClefError(error, 'catalog-conflict')) return false;
    throw error;
  }
}

/**
 * What was replaced by newer bytes, and what a removal that was cut off left behind, once it has been without use
 * for a week. Returns how many go by that: a reseal has buried its own.
 */
export async function buryOrphans(app: App, signal: AbortSignal): Promise<number> {
  let buried = 0;
  for await (const { assetId } of app.catalog.orphanedAssets(app.shell.now() - ORPHAN_AGE_MS)) {
    signal.throwIfAborted();
    if (await buryAsset(app, assetId, signal)) buried++;
  }
  return buried;
}
