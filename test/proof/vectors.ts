import type { Proof } from './proof.ts';
import { runSuite, suiteGates } from './suite.ts';

/** Published vectors, our frozen fixture, and a decoder that was written from the page. */
export const vectors: Proof = {
  name: 'vectors',
  shows: 'Wycheproof through the functions that Clef uses; the Python decoder opens the frozen fixture',
  async run({ say }) {
    const result = await runSuite(['test/vectors']);
    if (result.failed > 0) say(result.output);
    const counts = result.output.split('\n').filter((line) => line.includes('_test.json'));
    return {
      gates: suiteGates(result),
      figures: { tests: result.passed, files: counts.map((line) => line.trim()) },
    };
  },
};
