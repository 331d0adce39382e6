import { join } from 'node:path';
import { startClef, temporaryFolder } from '../support/clef-process.ts';
import { writeGeneratedCatalogue } from '../support/generated-catalogue.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { gate, type Proof } from './proof.ts';
import { median } from './tools.ts';

/** As players that keep a copy of the library page through it. */
const PAGE = 500;
/** At each end of the list, of which the median is taken. */
const ENDS = 50;
const SLOWER_AT_MOST = 2;
/** On a busy machine with a great catalogue. */
const START_MS = 120_000;

/** A player that reads the whole library through `search3`, by offset. */
export const paging: Proof = {
  name: 'paging',
  shows: 'search3 with an empty query through a million tracks: the last page costs what the first does',
  async run({ small, seed, say }) {
    const count = small ? 3_000 : 1_000_000;
    await using folder = await temporaryFolder('paging');
    const data = join(folder.path, 'data');
    await writeGeneratedCatalogue(data, count, seed, say);
    await using server = await startClef({ data, readyWithinMs: START_MS });
    const client = new SubsonicClient(server.baseUrl, await server.credentials());
    const page = async (songOffset: number) => {
      const startedMs = performance.now();
      const { searchResult3 } = await client.get('search3', {
        query: '',
        songCount: PAGE,
        songOffset,
        albumCount: 0,
        artistCount: 0,
      });
      const songs = (searchResult3?.song ?? []) as { readonly id: string }[];
      return { ids: songs.map(({ id }) => id), ms: performance.now() - startedMs };
    };
    // Compiles the way.
    for (let time = 0; time < ENDS; time++) await page(0);
    const seen = new Set<string>();
    const timesMs: number[] = [];
    let doubled = 0;
    for (let offset = 0; ; offset += PAGE) {
      const { ids, ms } = await page(offset);
      if (ids.length === 0) break;
      timesMs.push(ms);
      for (const id of ids) {
        if (seen.has(id)) doubled++;
        seen.add(id);
      }
      if (timesMs.length % 200 === 0) say(`${seen.size} tracks read`);
    }
    const ends = Math.min(ENDS, Math.floor(timesMs.length / 2));
    const [firstMs, lastMs] = [median(timesMs.slice(0, ends)), median(timesMs.slice(-ends))];
    // Nobody has read up to there: what a player pays that begins in the middle.
    const jump = await page(Math.floor(count / 2) + 7);
    return {
      gates: {
        tracksRead: gate(seen.size, count),
        doubled: gate(doubled, 0),
        lastLikeFirst: gate(lastMs <= SLOWER_AT_MOST * firstMs, true),
      },
      figures: {
        tracks: count,
        pages: timesMs.length,
        tracksAPage: PAGE,
        firstPagesMs: Number(firstMs.toFixed(2)),
        lastPagesMs: Number(lastMs.toFixed(2)),
        lastToFirst: Number((lastMs / firstMs).toFixed(3)),
        allPagesSeconds: Number((timesMs.reduce((sum, ms) => sum + ms, 0) / 1000).toFixed(1)),
        oneInTheMiddleMs: Number(jump.ms.toFixed(1)),
      },
    };
  },
};
