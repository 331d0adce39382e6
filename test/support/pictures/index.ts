import type { TestContext } from 'vitest';
import { pagePaths } from '../web-addresses.ts';
import { differenceFromKept, forget, keep, keptNames } from './kept.ts';
import { scenes } from './scenes.ts';
import { nameOf, openStudio, type Shot } from './studio.ts';

const WIDTHS = [390, 820, 1440] as const;
const THEMES = ['light', 'dark'] as const;
/** Of those that are looked at in small. */
const EVERY_SCENE = 3;

type Context = Pick<TestContext, 'skip'>;

export interface Comparison {
  readonly compared: number;
  /** What differs, and where to look at it. */
  readonly differing: readonly string[];
}

/** Takes every picture and holds it against the one that is kept; in small, some. */
export async function comparePictures(
  context: Context,
  { isSmall }: { readonly isSmall: boolean },
): Promise<Comparison> {
  await using studio = await openStudio(context);
  const shots = isSmall ? someShots() : allShots();
  const differing: string[] = [...(await unseenPages())];
  for await (const picture of studio.take(shots)) {
    const difference = await differenceFromKept(picture);
    if (difference) differing.push(difference);
  }
  return { compared: shots.length, differing };
}

/** Keeps those that are not as they were, of names that begin so, and forgets those that nothing shows any more. */
export async function retakePictures(
  context: Context,
  beginning: string,
  say: (text: string) => void,
): Promise<void> {
  await using studio = await openStudio(context);
  const shots = allShots().filter((shot) => nameOf(shot).startsWith(beginning));
  for await (const picture of studio.take(shots)) {
    const difference = await differenceFromKept(picture);
    if (!difference) continue;
    await keep(picture);
    say(difference);
  }
  const names = new Set(allShots().map(nameOf));
  for (const name of await keptNames()) {
    if (names.has(name)) continue;
    await forget(name);
    say(`${name}: no longer shown`);
  }
}

function allShots(): readonly Shot[] {
  return scenes.flatMap((scene) =>
    WIDTHS.flatMap((width) => THEMES.map((theme) => ({ scene, width, theme }))).filter(
      (shot) => !scene.isBrief || isOfBrief(shot),
    ),
  );
}

/** A phone by day, and a desk by night. */
function isOfBrief({ width, theme }: Shot): boolean {
  return (width === 390 && theme === 'light') || (width === 1440 && theme === 'dark');
}

/** Every third scene, once, so that all widths and both themes have their turn. */
function someShots(): readonly Shot[] {
  const byScene = Map.groupBy(allShots(), ({ scene }) => scene).values();
  return [...byScene].flatMap((shots, index) =>
    index % EVERY_SCENE === 0 ? (shots[(index / EVERY_SCENE) % shots.length] ?? []) : [],
  );
}

/** Pages of the player that no scene shows. */
async function unseenPages(): Promise<readonly string[]> {
  const shown = new Set(scenes.filter(({ isBrief }) => !isBrief).map(({ path }) => path.replace(/\?.*/, '')));
  return (await pagePaths()).filter((path) => !shown.has(path)).map((path) => `${path}: no scene shows it`);
}
