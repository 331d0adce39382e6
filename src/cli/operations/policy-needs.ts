import { ClefError, type Policy } from '../../core/index.ts';
import type { ListedNode } from '../app/node-registry.ts';
import { policyName } from '../app/nodes.ts';

/** What a policy wants of nodes, and what there is. */
export interface PolicyNeeds {
  readonly nodes: number;
  readonly nodesNeeded: number;
  readonly domains: number;
  /** 0 for a policy without parity: it loses music with any domain. */
  readonly domainsNeeded: number;
}

/** A node that takes new columns, or would. */
export type CountedNode = Pick<ListedNode, 'use' | 'weight' | 'domain'>;

/**
 * New columns go to nodes that are used: k + m of them, with parity in k + 1 failure domains or more. These are so many
 * that placement never puts more than m columns of an asset into one domain.
 */
export function policyNeeds({ k, m }: Policy, listed: readonly CountedNode[]): PolicyNeeds {
  const taking = listed.filter(({ use, weight }) => use === 'used' && weight > 0);
  return {
    nodes: taking.length,
    nodesNeeded: k + m,
    domains: new Set(taking.map(({ domain }) => domain)).size,
    domainsNeeded: m > 0 ? k + 1 : 0,
  };
}

/** `not-allowed` where these nodes are too few for the policy. */
export function assertPolicyFits(policy: Policy, listed: readonly CountedNode[]): void {
  const needs = policyNeeds(policy, listed);
  if (isMet(needs)) return;
  throw new ClefError(
    'not-allowed',
    `${wanted(policy, needs)}; there are ${needs.nodes} in ${needs.domains}`,
  );
}

/** The same for those that stay when a node is given up, which a person may insist on. */
export function assertPolicyStaysMet(policy: Policy, staying: readonly CountedNode[]): void {
  const needs = policyNeeds(policy, staying);
  if (isMet(needs)) return;
  const help =
    needs.domains < needs.domainsNeeded
      ? '`clef vault node add` one in a failure domain of its own'
      : '`clef vault node add` one';
  throw new ClefError(
    'not-allowed',
    `${wanted(policy, needs)}; without this node there are ${needs.nodes} in ${needs.domains}, and no music could be imported: ${help}, or \`clef vault policy set\` a smaller policy first; --force goes on all the same`,
  );
}

function isMet({ nodes, nodesNeeded, domains, domainsNeeded }: PolicyNeeds): boolean {
  return nodes >= nodesNeeded && domains >= domainsNeeded;
}

function wanted(policy: Policy, { nodesNeeded, domainsNeeded }: PolicyNeeds): string {
  const where = domainsNeeded > 0 ? ` in at least ${domainsNeeded} failure domains` : '';
  return `policy ${policyName(policy)} needs ${nodesNeeded} nodes${where}`;
}
