import type { Proof } from './proof.ts';
import { runSuite, suiteGates } from './suite.ts';

const POLICIES = 4;

/** Whatever is done to what nodes hold: reconstructed, or refused. */
export const tamper: Proof = {
  name: 'tamper',
  shows: 'bits flipped, truncations, swapped objects, forged and rolled-back keyrings: never a wrong byte',
  async run({ small, say }) {
    const mutations = small ? 20 : 1_000;
    const result = await runSuite(
      ['src/vault/tamper.test.ts', 'src/vault/read.test.ts', 'src/crypto', 'src/keystore'],
      {
        CLEF_TEST_MUTATIONS: String(mutations),
      },
    );
    if (result.failed > 0) say(result.output);
    return {
      gates: suiteGates(result),
      figures: { tests: result.passed, mutationsAPolicy: mutations, mutations: mutations * POLICIES },
    };
  },
};
