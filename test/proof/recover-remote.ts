import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../support/clef-process.ts';
import { startFarWorld } from '../support/far-world.ts';
import { toneWav } from '../support/wav.ts';
import type { Proof } from './proof.ts';
import { recoverLibrary } from './recover.ts';

const SAMPLE_RATE_HZ = 44_100;

/** As `recover`, over nodes of which half are on other machines. */
export const recoverRemote: Proof = {
  name: 'recover-remote',
  shows:
    '2,000 tracks on three folders, two file servers and a bucket: what nodes and kit alone bring back, and how fast',
  async run({ small, say }) {
    const tracks = small ? 20 : 2_000;
    await using place = await temporaryFolder('proof-recover-remote');
    await using world = await startFarWorld(join(place.path, 'nodes'));
    const folder = join(place.path, 'music');
    await mkdir(folder);
    // Each a little longer than the one before: no two files are the same.
    for (let i = 0; i < tracks; i++) {
      await writeFile(join(folder, `${i}.wav`), toneWav((SAMPLE_RATE_HZ + 10 * i) / SAMPLE_RATE_HZ));
    }
    const storage = { CLEF_NODES: world.entries.join(','), CLEF_POLICY: '4+2' };
    return await recoverLibrary({ place: place.path, folder, tracks, storage, say });
  },
};
