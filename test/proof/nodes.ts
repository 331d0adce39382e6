import { gate, type Proof } from './proof.ts';
import { runSuite } from './suite.ts';

/** Each runs the one contract suite over its adapter, and what only its adapter can meet. */
const adapters = {
  memory: 'src/vault/nodes/memory.test.ts',
  directory: 'src/vault/nodes/directory.test.ts',
  smb: 'src/vault/nodes/smb.test.ts',
  s3: 'src/vault/nodes/s3.test.ts',
} as const;

/** One contract, kept by every kind of storage node. */
export const nodes: Proof = {
  name: 'nodes',
  shows:
    'the node contract over memory, directory, SMB (plain, signed, encrypted) and S3: all passed, none skipped',
  async run({ small, say }) {
    const results: Record<
      string,
      { readonly passed: number; readonly failed: number; readonly skipped: number }
    > = {};
    for (const [adapter, file] of Object.entries(adapters)) {
      const { output, ...counts } = await runSuite([file], { CLEF_NODES_IN_FULL: small ? '0' : '1' });
      results[adapter] = counts;
      say(`${adapter}: ${counts.passed} passed`);
      if (counts.failed > 0) console.error(output);
    }
    const sum = (count: 'failed' | 'skipped') =>
      Object.values(results).reduce((total, result) => total + result[count], 0);
    return {
      gates: {
        failedTests: gate(sum('failed'), 0),
        skippedTests: gate(sum('skipped'), 0),
        adaptersWithoutTests: gate(Object.values(results).filter(({ passed }) => passed === 0).length, 0),
      },
      figures: { ...results, waysOfSmb: small ? 1 : 3 },
    };
  },
};
