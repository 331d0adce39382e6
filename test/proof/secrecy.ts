import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AssetId, LibraryId } from '../../src/core/index.ts';
import { type AeadFactory, generateTrackKey, sealRecord, webCryptoAead } from '../../src/crypto/index.ts';
import { startClef, temporaryFolder } from '../support/clef-process.ts';
import { ffprobe } from '../support/ffprobe.ts';
import { Needles } from '../support/needles.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { musicCollection } from '../support/wesnoth.ts';
import { gate, type Proof } from './proof.ts';
import { seededRandom } from '../support/random.ts';
import { formsOf, importOf, windowsOf } from './tools.ts';

const EDITS = 1_000;

/** Nothing of a source is in what a node holds, and no key meets a nonce twice. */
export const secrecy: Proof = {
  name: 'secrecy',
  shows: 'no window of a source file and no tag value occurs in a vault object; no (key, nonce) twice',
  async run({ small, seed, say }) {
    const { folder, files } = await musicCollection(small ? 1 : 3);
    await using data = await temporaryFolder('proof-secrecy');
    const server = await startClef({
      data: data.path,
      folders: [folder],
      settings: { CLEF_PADDING: 'padme' },
    });
    try {
      await importOf(new SubsonicClient(server.baseUrl, await server.credentials()), files.length);
    } finally {
      await server.stop();
    }

    const random = seededRandom(seed);
    const needles = new Needles();
    let missed = 0;
    for (const { path } of files) {
      const source = await readFile(path);
      const windows = new Needles();
      for (const window of windowsOf(source, random)) {
        needles.add(window);
        windows.add(window);
      }
      // The search is shown to work on where the windows came from.
      missed += windows.count - windows.findIn(source).length;
      for (const value of Object.values((await ffprobe(path)).tags))
        for (const form of formsOf(value)) needles.add(form);
    }

    let objects = 0;
    let objectBytes = 0;
    let found = 0;
    const vault = join(data.path, 'vault');
    for (const entry of await readdir(vault, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const object = await readFile(join(entry.parentPath, entry.name));
      objects++;
      objectBytes += object.length;
      const hits = needles.findIn(object);
      found += hits.length;
      for (const hit of hits.slice(0, 3))
        say(`found ${JSON.stringify(hit.toString('latin1'))} in ${entry.name}`);
    }
    const repeats = await repeatedNonces();
    return {
      gates: {
        found: gate(found, 0),
        missedInSource: gate(missed, 0),
        repeatedKeyAndNonce: gate(repeats, 0),
      },
      figures: { needles: needles.count, objects, objectBytes, sources: files.length, edits: EDITS },
    };
  },
};

/** Edits one asset's record again and again, and watches the cipher. */
async function repeatedNonces(): Promise<number> {
  const used = new Set<string>();
  let repeats = 0;
  const watched: AeadFactory = async (key) => {
    const aead = await webCryptoAead(key);
    return {
      seal(nonce, plaintext) {
        const pair = `${Buffer.from(key).toString('hex')}.${Buffer.from(nonce).toString('hex')}`;
        if (used.has(pair)) repeats++;
        used.add(pair);
        return aead.seal(nonce, plaintext);
      },
      open: (nonce, sealed) => aead.open(nonce, sealed),
    };
  };
  const trackKey = generateTrackKey();
  const place = {
    trackKey,
    libraryId: '1'.repeat(32) as LibraryId,
    assetId: '2'.repeat(32) as AssetId,
    type: 'tags',
  };
  // Half of the edits reuse a revision, as a server restored from a backup would.
  for (let edit = 0; edit < EDITS; edit++) {
    await sealRecord({ ...place, revision: Math.floor(edit / 2), value: { title: `Edit ${edit}` } }, watched);
  }
  if (used.size < EDITS) throw new Error('the cipher was not watched');
  return repeats;
}
