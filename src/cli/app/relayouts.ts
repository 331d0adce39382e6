import { loadErasureCode, relayout, type RelayoutOptions } from '../../vault/index.ts';
import type { App } from './app.ts';

/** All that a run needs which deals out anew what is not dealt as the policy says. */
export async function relayoutOptions(
  { nodes, data, keys, shell, columns, registry, catalog }: App,
  signal: AbortSignal,
): Promise<RelayoutOptions> {
  return {
    nodes,
    libraryId: data.identity.libraryId,
    trust: keys.keys.trust,
    now: shell.now,
    register: columns,
    erasure: await loadErasureCode(),
    signer: keys.server.signingKey,
    policy: () => registry.policy,
    assets: catalog.assetsInUse(),
    signal,
  };
}

/** So many bytes a second: a policy change has time, and listeners come first. */
const BACKGROUND_BYTES_PER_SECOND = 32 * 2 ** 20;

/**
 * Goes on with a policy change that a person asked for, where that was cut off. A policy that only the settings name is
 * for new assets, as ever.
 */
export async function continueRelayout(app: App, signal: AbortSignal): Promise<void> {
  if (!app.registry.isPolicySet || !app.nodes.complete || app.dealing.size > 0) return;
  const options = await relayoutOptions(app, signal);
  const { changed, waiting } = await relayout({ ...options, bytesPerSecond: BACKGROUND_BYTES_PER_SECOND });
  if (changed + waiting === 0) return;
  app.vaultNews.tell();
  app.log.info({ changed, waiting }, 'assets were dealt out anew under the policy that was set');
}
