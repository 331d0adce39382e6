import type { VaultPages } from '../../http/index.ts';
import { checkAsset, glanceAtAsset, vaultStatus } from '../../vault/index.ts';
import type { LockedApp } from './app.ts';
import type { RepairOnRequest } from './repair-on-request.ts';
import { keylessTrust } from './trust.ts';

/** What pages show of the vault, before there are keys too. */
export function vaultPages(app: LockedApp, repairs: RepairOnRequest): VaultPages {
  const { nodes, registry, vaultNews, drills } = app;
  return {
    status: () => vaultStatus({ nodes, policy: registry.policy }),
    glance: (asset) => glanceAtAsset({ nodes, asset }),
    check: async (asset, maxBytes) => checkAsset({ nodes, asset, maxBytes, trust: await keylessTrust(app) }),
    repair: () => repairs.start(),
    repairing: () => repairs.run,
    drillIsDue: () => drills.standing().isDue,
    onChange: (listener) => vaultNews.onChange(listener),
  };
}
