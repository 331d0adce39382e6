import { expect, it } from 'vitest';
import { assertPolicyFits, assertPolicyStaysMet, type CountedNode } from './policy-needs.ts';

function nodesIn(...domains: readonly string[]): CountedNode[] {
  return domains.map((domain) => ({ use: 'used', weight: 1, domain }));
}

const draining: CountedNode = { use: 'draining', weight: 0, domain: 'far' };

it('lets a node go where enough others are used, in enough failure domains', () => {
  expect(() => assertPolicyStaysMet({ k: 2, m: 1 }, nodesIn('a', 'b', 'c'))).not.toThrow();
  expect(() => assertPolicyStaysMet({ k: 2, m: 2 }, nodesIn('a', 'b', 'c', 'c'))).not.toThrow();
  expect(() => assertPolicyStaysMet({ k: 3, m: 0 }, nodesIn('a', 'a', 'a'))).not.toThrow();
});

it('says what is missing and what helps where too few nodes would be left', () => {
  expect(() => assertPolicyStaysMet({ k: 2, m: 1 }, nodesIn('a', 'b'))).toThrow(
    /policy 2\+1 needs 3 nodes .* there are 2 in 2.*node add.*policy set.*--force/,
  );
});

it('says it where enough nodes would be left in too few failure domains', () => {
  expect(() => assertPolicyStaysMet({ k: 2, m: 1 }, nodesIn('a', 'b', 'a'))).toThrow(
    /in at least 3 failure domains; without this node there are 3 in 2.*in a failure domain of its own/,
  );
});

it('counts no node that takes no columns', () => {
  const idle: CountedNode = { use: 'used', weight: 0, domain: 'idle' };
  for (const other of [draining, idle]) {
    expect(() => assertPolicyStaysMet({ k: 2, m: 1 }, [...nodesIn('a', 'b'), other])).toThrow(/2 in 2/);
    expect(() => assertPolicyFits({ k: 2, m: 1 }, [...nodesIn('a', 'b'), other])).toThrow(
      /there are 2 in 2$/,
    );
  }
});
