import type { Proof } from './proof.ts';
import { runSuite, suiteGates } from './suite.ts';

/** What players see. */
export const subsonic: Proof = {
  name: 'subsonic',
  shows:
    'every endpoint against the OpenAPI description, XML equal to JSON; ffprobe, ffmpeg, mpv, curl and subsonic-api play',
  async run({ say }) {
    const result = await runSuite(['test/e2e']);
    if (result.failed > 0) say(result.output);
    return { gates: suiteGates(result), figures: { tests: result.passed } };
  },
};
