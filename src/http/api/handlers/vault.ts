import type { CatalogReader } from '../../../catalog/index.ts';
import { wireId } from '../../../core/index.ts';
import type { Handlers } from '../handler.ts';
import { idOf, nothingHasId } from '../ids.ts';
import type { VaultPages } from '../../ports.ts';
import type { VaultSurvey } from '../vault-survey.ts';
import { nodeLabels, roleOf, wireColumn, wireNode } from '../wire/vault.ts';

export interface VaultHandlerDeps {
  readonly catalog: Pick<CatalogReader, 'tracks' | 'originalOf'>;
  readonly survey: VaultSurvey;
  readonly vaultPages: Pick<VaultPages, 'repair' | 'repairing' | 'drillIsDue'>;
}

/** How what is stored is, for the pages that show it. */
export function vaultHandlers({
  catalog,
  survey,
  vaultPages,
}: VaultHandlerDeps): Handlers<'vault' | 'repairVault' | 'trackMatrix' | 'libraryMatrix'> {
  return {
    async vault({ viewer: { account } }) {
      const [{ nodes, policy }, { assets, storedBytes, degraded }] = await Promise.all([
        survey.status(),
        survey.counts(),
      ]);
      const repair = vaultPages.repairing();
      return {
        policy,
        nodes: nodes.map((node, at) => wireNode(node, at, account)),
        assets,
        storedBytes,
        degradedAssets: degraded,
        ...(vaultPages.drillIsDue() && { drillIsDue: true as const }),
        ...(repair && { repair: { done: repair.done, total: repair.total } }),
      };
    },

    repairVault: () => vaultPages.repair(),

    async trackMatrix({ viewer: { account }, params }) {
      const id = idOf('tr', params.id);
      const [[track], asset] = await Promise.all([catalog.tracks([id], account.id), catalog.originalOf(id)]);
      if (!track || !asset) throw nothingHasId();
      const { nodes } = await survey.status();
      const { layout, columns, checkedRows } = await survey.check(asset);
      const labels = nodeLabels(nodes);
      const { policy, rowCount, paddedLengthBytes } = layout;
      return {
        ...policy,
        rowCount,
        lengthBytes: asset.lengthBytes,
        paddedLengthBytes,
        storedBytes: asset.storedBytes,
        durationMs: track.durationMs,
        ...(checkedRows < rowCount && { checkedRows }),
        columns: columns.map((standing) => wireColumn(standing, policy, labels)),
      };
    },

    async libraryMatrix({ viewer: { account } }) {
      const { nodes, policy } = await survey.status();
      const sample = await survey.sample(account.id);
      const labels = nodeLabels(nodes);
      return {
        policy,
        nodes: nodes.map((node, at) => wireNode(node, at, account)),
        assets: sample.map(({ track, health: { layout, columns } }) => ({
          title: track.title,
          trackId: wireId('tr', track.id),
          cells: columns.map(({ column, nodeId, health }) => {
            const node = nodeId && labels.get(nodeId);
            return { role: roleOf(column, layout.policy), health, ...(node !== undefined && { node }) };
          }),
        })),
      };
    },
  };
}
