import type { Page } from 'playwright-core';
import { violationsOn } from '../support/axe.ts';
import { inProof } from '../support/debian.ts';
import { openInsecurePage } from '../support/insecure-page.ts';
import { runKeyActions } from '../support/key-actions.ts';
import { comparePictures } from '../support/pictures/index.ts';
import { webAddresses } from '../support/web-addresses.ts';
import { isCurrent, playTrack, settle, signIn, visit } from '../support/web-player.ts';
import { webStates } from '../support/web-states.ts';
import { openWebWorld, type WebWorld } from '../support/web-world.ts';
import { gate, type Proof } from './proof.ts';

const WIDTHS = [390, 820, 1440] as const;
const THEMES = ['light', 'dark', 'contrast'] as const;
/** Of pages and their states those that are looked at in small; pictures see every page. */
const EVERY = 2;
const EVERY_STATE = 6;

/** Nobody is shut out: not whom a screen reader tells what is there, not who sees little, not who has only keys. */
export const access: Proof = {
  name: 'access',
  shows:
    'axe-core: no violation on any page in any theme; everything can be done by keyboard alone; pages look as they did',
  async run({ small, say }) {
    // In small they are a test of their own, test/web/pictures.test.ts.
    const pictures = small ? undefined : await comparePictures(inProof, { isSmall: false });
    for (const difference of pictures?.differing ?? []) say(difference);
    await using world = await openWebWorld(inProof);
    const seen = await lookEverywhere(world, small, say);
    const keys = await runKeyActions(world, say);
    return {
      gates: {
        violations: gate(seen.violations, 0),
        notDoneByKeyboard: gate(keys.failed.join(', '), ''),
        focusNotSeen: gate(keys.unmarked.join(', '), ''),
        ...(pictures && { picturesDiffering: gate(pictures.differing.length, 0) }),
      },
      figures: {
        looks: seen.looks,
        addresses: seen.addresses,
        states: seen.states,
        ...(pictures && { picturesCompared: pictures.compared }),
        actionsByKeyboard: keys.done,
        tabStops: keys.stops,
      },
    };
  },
};

async function lookEverywhere(
  { api, baseUrl, newPage }: WebWorld,
  small: boolean,
  say: (text: string) => void,
) {
  const page = await newPage({ isCalm: true });
  const count = { looks: 0, violations: 0, addresses: 0, states: 0 };
  const look = async (at: Page, what: string, widths: readonly number[]) => {
    for (const width of widths) {
      await at.setViewportSize({ width, height: 900 });
      // With small counts each is seen in one theme, by turns.
      for (const theme of small ? [THEMES[count.looks % THEMES.length] ?? 'light'] : THEMES) {
        await show(at, theme);
        count.looks++;
        for (const violation of await violationsOn(at)) {
          count.violations++;
          say(`${what}, ${width} pixels, ${theme}: ${violation}`);
        }
      }
    }
  };
  const widths = small ? WIDTHS.slice(-1) : WIDTHS;
  const insecure = await newPage({ isCalm: true });
  await openInsecurePage(insecure, baseUrl);
  await look(insecure, 'the page over plain HTTP', widths);
  await insecure.close();

  const all = await webAddresses(api);
  const addresses = all.filter((_, index) => !small || index % EVERY === 0);
  await signIn(page, baseUrl);
  await look(page, 'home before anything was played', widths);
  await playTrack(page, baseUrl, 'Departure');
  for (const address of addresses) {
    await visit(page, baseUrl + address);
    count.addresses++;
    // The player bar is loaded after the page.
    if ((await page.locator('.shell').count()) > 0) await isCurrent(page, 'Departure');
    await look(page, address, widths);
  }
  const states = webStates.filter((_, index) => !small || index % EVERY_STATE === 0);
  for (const { name, widthPixels, open } of states) {
    await page.setViewportSize({ width: widthPixels, height: 900 });
    await open(page, baseUrl);
    count.states++;
    await look(page, name, [widthPixels]);
  }
  await page.close();
  return count;
}

async function show(page: Page, theme: (typeof THEMES)[number]): Promise<void> {
  if (theme !== 'contrast') await page.emulateMedia({ colorScheme: theme });
  await page.evaluate(
    (chosen) => {
      document.documentElement.dataset.theme = chosen;
    },
    theme === 'contrast' ? theme : 'system',
  );
  await settle(page);
}
