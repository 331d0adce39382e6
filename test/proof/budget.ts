import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { build } from 'vite';
import { type Budgets, budget as budgetPlugin, budgets } from '../../scripts/web/budget.ts';
import { integrity } from '../../scripts/web/integrity.ts';
import config from '../../vite.config.ts';
import { launchChromium } from '../support/chromium.ts';
import { startClef, temporaryFolder } from '../support/clef-process.ts';
import { singleTracks } from '../support/single-tracks.ts';
import { WEB_PASSWORD } from '../support/web-player.ts';
import { writeCatalogue } from '../support/written-catalogue.ts';
import { measureLongLists } from './long-lists.ts';
import { gate, type Proof } from './proof.ts';

const FRAME_AIM_MS = 20;
const PAINT_AIM_MS = 250;

const SETTINGS = {
  CLEF_ADMIN_PASSWORD: WEB_PASSWORD,
  CLEF_RECOVERY_PASSPHRASE: 'four unlikely words that nobody guesses 7319',
};

/** How heavy the player is, and how it bears a library of 200,000 tracks, albums and artists. */
export const budget: Proof = {
  name: 'budget',
  shows: 'what the player weighs, how soon it paints, and how it scrolls through 200,000 rows',
  async run({ small, say }) {
    const weights = await weigh();
    const refused = await refusedBuilds(weights);
    say(
      `first page ${weights.firstRoute} bytes, engine ${weights.engine}; ${refused} heavier builds refused`,
    );
    const count = small ? 3_000 : 200_000;
    const runs = small ? 2 : 7;
    await using folder = await temporaryFolder('budget');
    const data = join(folder.path, 'data');
    await writeCatalogue(data, singleTracks(count), SETTINGS, (written) => {
      if (written % 12_800 === 0) say(`${written} tracks written`);
    });
    await using server = await startClef({ data, settings: SETTINGS });
    await using browser = await launchChromium({
      skip: () => {
        throw new Error('Chromium is absent');
      },
    });
    const lastTitle = singleTracks(count).toArray().at(-1)?.title ?? '';
    const { ends, letter, lastFound, ...figures } = await measureLongLists(browser, {
      baseUrl: server.baseUrl,
      count,
      lastTitle,
      runs,
      say,
    });
    return {
      gates: {
        firstRouteWithinBudget: gate(weights.firstRoute <= budgets.firstRoute, true),
        engineWithinBudget: gate(weights.engine <= budgets.engine, true),
        heavierBuildsRefused: gate(refused, 2),
        lastTrackShown: gate(ends['tracks'] ?? 0, count),
        lastAlbumShown: gate(ends['albums'] ?? 0, count),
        lastArtistShown: gate(ends['artists'] ?? 0, count),
        letterReached: gate(letter.name.normalize('NFD').charAt(0), letter.letter),
        lastTrackFound: gate(lastFound, true),
      },
      figures: {
        weights,
        budgets,
        aims: { frameP95Ms: FRAME_AIM_MS, firstPaintMs: PAINT_AIM_MS },
        ...figures,
      },
    };
  },
};

/** Of the player as it is, in bytes of JavaScript after gzip. */
async function weigh(most?: Budgets): Promise<Budgets> {
  let weights: Budgets | undefined;
  const weighing = budgetPlugin(
    most ?? { firstRoute: Infinity, engine: Infinity },
    (seen) => (weights = seen),
  );
  await build({
    ...config,
    logLevel: 'silent',
    plugins: [react(), integrity(), weighing],
    build: { ...config.build, write: false },
  });
  if (!weights) throw new Error('nothing was weighed');
  return weights;
}

/** Builds with a budget of a byte less than the player takes. */
async function refusedBuilds({ firstRoute, engine }: Budgets): Promise<number> {
  let refused = 0;
  for (const most of [
    { firstRoute: firstRoute - 1, engine },
    { firstRoute, engine: engine - 1 },
  ]) {
    await weigh(most).catch((error: unknown) => {
      if (/bytes of JavaScript, gzipped; at most/.test(String(error))) refused++;
      else throw error;
    });
  }
  return refused;
}
