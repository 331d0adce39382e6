import * as v from 'valibot';
import type { NodeId } from '../../core/index.ts';
import {
  type AssetAtRisk,
  type DomainLoss,
  loadErasureCode,
  rebalance,
  type RebalanceReport,
  relayout,
  type RelayoutReport,
  surveyMatrix,
} from '../../vault/index.ts';
import type { App, LockedApp } from '../app/app.ts';
import { policyName } from '../app/nodes.ts';
import { relayoutOptions } from '../app/relayouts.ts';
import { maintenance } from './maintenance.ts';
import { keylessOperation, operation, type OperationContext } from './operation.ts';
import { assertPolicyFits, policyNeeds } from './policy-needs.ts';

/** What a rebalance would do. */
export interface RebalancePlan {
  readonly assets: number;
  readonly nodes: readonly {
    readonly place: string;
    readonly domain: string;
    readonly use: string;
    readonly columns: number;
    readonly bytes: number;
    readonly columnsThen: number;
    readonly bytesThen: number;
  }[];
  readonly movedColumns: number;
  readonly movedBytes: number;
  readonly homelessColumns: number;
  /** What could not be played without a domain, now and then. */
  readonly losses: readonly DomainLoss[];
  readonly atRiskCount: number;
  /** The first of them, those with the fewest spare columns first. */
  readonly atRisk: readonly ShownRisk[];
}

/** An asset that the next loss may take. */
export interface ShownRisk {
  readonly assetId: string;
  readonly spare: number;
  readonly domains: readonly string[];
  /** Absent for what people have no name for: covers, packet tables. */
  readonly title?: string;
  readonly artist?: string;
}

const MAX_SHOWN = 20;

export const planRebalance = keylessOperation({
  name: 'vault.rebalance.plan',
  args: v.object({}),
  async run(app, _args, { signal }): Promise<RebalancePlan> {
    const { nodes, registry, catalog } = app;
    await nodes.probe({ signal });
    const survey = await surveyMatrix({
      assets: catalog.storedAssets(),
      nodes: nodes.known(),
      isThere: (id: NodeId) => nodes.get(id) !== undefined,
      signal,
    });
    const { loads, atRisk, spares: _spares, ...told } = survey;
    const none = { columns: 0, bytes: 0, columnsThen: 0, bytesThen: 0 };
    return {
      ...told,
      nodes: registry
        .list()
        .filter(({ use }) => use !== 'removed')
        .map(({ id, place, domain, use }) => ({ place, domain, use, ...(loads.get(id) ?? none) })),
      atRisk: await namedRisks(app, atRisk),
    };
  },
});

/** Tracks before what has no title, as long as there are. */
async function namedRisks({ catalog }: LockedApp, atRisk: readonly AssetAtRisk[]): Promise<ShownRisk[]> {
  const shown = await Promise.all(
    atRisk.map(
      async (asset): Promise<ShownRisk> => ({ ...asset, ...(await catalog.titleOf(asset.assetId)) }),
    ),
  );
  return shown
    .toSorted((a, b) => Number(a.title === undefined) - Number(b.title === undefined))
    .slice(0, MAX_SHOWN);
}

export const rebalanceVault = keylessOperation({
  name: 'vault.rebalance',
  args: v.object({ bytesPerSecond: v.optional(v.number()) }),
  async run(app, { bytesPerSecond }, context): Promise<RebalanceReport> {
    const report = await rebalance({
      ...(await maintenance(app, bytesPerSecond, context)),
      register: app.columns,
      erasure: await loadErasureCode(),
    });
    app.vaultNews.tell();
    return report;
  },
});

export interface PolicyShown {
  readonly policy: string;
  /** What CLEF_POLICY says, where that is not what counts. */
  readonly overruled?: string;
  /** By policy, how many assets are dealt so. */
  readonly assets: Readonly<Record<string, number>>;
}

export const showPolicy = keylessOperation({
  name: 'vault.policy.show',
  args: v.object({}),
  async run({ registry, catalog }): Promise<PolicyShown> {
    const assets: Record<string, number> = {};
    for await (const { policy } of catalog.assetsInUse()) {
      const name = policyName(policy);
      assets[name] = (assets[name] ?? 0) + 1;
    }
    const overruled = registry.overruledPolicy;
    return {
      policy: policyName(registry.policy),
      ...(overruled && { overruled: policyName(overruled) }),
      assets,
    };
  },
});

const policy = v.object({ k: v.number(), m: v.number() });

export interface PolicyPlan {
  readonly policy: string;
  readonly before: string;
  /** Assets that would be dealt out anew, and the bytes of their columns now and then. */
  readonly assets: number;
  readonly bytes: number;
  readonly bytesThen: number;
  readonly nodesUsed: number;
  readonly nodesNeeded: number;
  readonly domains: number;
}

export const planPolicy = keylessOperation({
  name: 'vault.policy.plan',
  args: policy,
  async run({ registry, catalog }, wanted): Promise<PolicyPlan> {
    const plan = { assets: 0, bytes: 0, bytesThen: 0 };
    for await (const asset of catalog.assetsInUse()) {
      const { k, m } = asset.policy;
      if (k === wanted.k && m === wanted.m) continue;
      plan.assets++;
      plan.bytes += asset.storedBytes;
      plan.bytesThen += (asset.storedBytes * k * (wanted.k + wanted.m)) / ((k + m) * wanted.k);
    }
    const needs = policyNeeds(wanted, registry.list());
    return {
      ...plan,
      bytesThen: Math.round(plan.bytesThen),
      policy: policyName(wanted),
      before: policyName(registry.policy),
      nodesUsed: needs.nodes,
      nodesNeeded: needs.nodesNeeded,
      domains: needs.domains,
    };
  },
});

export interface PolicySet extends RelayoutReport {
  readonly policy: string;
  readonly overruled?: string;
}

/** Says how new assets are dealt from now on, then deals the others out anew; cut off, the server goes on with that. */
export const setPolicy = operation({
  name: 'vault.policy.set',
  args: v.object({ policy, bytesPerSecond: v.optional(v.number()) }),
  async run(app, args, context): Promise<PolicySet> {
    const { registry } = app;
    assertPolicyFits(args.policy, registry.list());
    await registry.setPolicy(args.policy);
    const report = await relayoutAll(app, args.bytesPerSecond, context);
    const overruled = registry.overruledPolicy;
    return {
      ...report,
      policy: policyName(registry.policy),
      ...(overruled && { overruled: policyName(overruled) }),
    };
  },
});

async function relayoutAll(
  app: App,
  bytesPerSecond: number | undefined,
  context: OperationContext,
): Promise<RelayoutReport> {
  const { signal, onProgress } = context;
  const { assets: total } = await app.catalog.assetCounts();
  await app.nodes.probe({ signal });
  const own = Symbol('a policy change');
  app.dealing.add(own);
  try {
    return await relayout({
      ...(await relayoutOptions(app, signal)),
      ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
      onProgress: ({ looked, bytesRead }) => onProgress({ done: looked, total, bytesDone: bytesRead }),
    });
  } finally {
    app.dealing.delete(own);
    app.vaultNews.tell();
  }
}

export const matrixOperations = [planRebalance, rebalanceVault, showPolicy, planPolicy, setPolicy];
