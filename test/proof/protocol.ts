import { startClef, temporaryFolder } from '../support/clef-process.ts';
import { inProof } from '../support/debian.ts';
import { runForeignClient } from '../support/foreign-client.ts';
import { median } from './tools.ts';
import { gate, type Proof } from './proof.ts';

const CREDENTIALS = { username: 'admin', password: 'correct horse battery staple' };

/** What docs/protocol.md says is enough. */
export const protocol: Proof = {
  name: 'protocol',
  shows:
    'a speaker in another language, written from docs/protocol.md alone, plays, and follows what a phone does',
  async run({ small }) {
    await using data = await temporaryFolder('proof-protocol');
    // A worker stands between the devices and the main process.
    await using server = await startClef({ data: data.path, settings: { CLEF_WORKERS: '1' } });
    const { baseUrl } = server;
    const runs = small ? 1 : 10;
    const roundTripsMs: number[] = [];
    let [right, refused] = [0, 0];
    for (let run = 0; run < runs; run++) {
      const seen = await runForeignClient(inProof, { baseUrl, credentials: CREDENTIALS });
      refused += seen.refused;
      roundTripsMs.push(seen.roundTripMs);
      const followed = seen.followed.join(', ').endsWith('tr-1a plays, tr-1b plays, tr-1b stands');
      const deeds = seen.deeds.slice(-2).join(', ') === 'Phone next, Phone pause';
      if (seen.status === 0 && seen.applied === 3 && seen.wasSeen && followed && deeds) right++;
    }
    return {
      gates: { runsThatWereRight: gate(right, runs), commandsRefused: gate(refused, 0) },
      figures: { runs, medianRoundTripMs: median(roundTripsMs) },
    };
  },
};
