import { join } from 'node:path';
import { temporaryFolder } from '../support/clef-process.ts';
import { inProof } from '../support/debian.ts';
import {
  type Habit,
  habitsOfPaths,
  type HabitWorld,
  lanes,
  makeAlbum,
  mediaKeys,
  openHabitWorld,
} from '../support/habits/index.ts';
import { gate, type Proof } from './proof.ts';

/** What is tried in small: of so many lanes the first habits, one after the other in one lane. */
const LANES = 2;
const OF_A_LANE = 1;

interface Outcome {
  readonly habit: string;
  readonly basePath: string;
  readonly figures?: unknown;
  readonly fault?: string;
}

type Say = (text: string) => void;

/** The player against what people do without thinking. */
export const habits: Proof = {
  name: 'habits',
  shows:
    'space, arrows, media keys, back, deep links, reload in mid-song, shared addresses, two tabs: as people expect',
  async run({ small, say }) {
    await using folder = await temporaryFolder('habits-music');
    const music = join(folder.path, 'music');
    await makeAlbum(inProof, music);
    const outcomes = [...(await atRoot(music, small, say)), ...(await underPath(music, small, say))];
    const failed = outcomes.filter(({ fault }) => fault !== undefined);
    return {
      gates: { failedHabits: gate(failed.length, 0), triedAny: gate(outcomes.length > 0, true) },
      figures: { habits: outcomes },
    };
  },
};

/** One lane after another beside the media keys, whose pauses are long; more at once and two cores are late. */
async function atRoot(music: string, isSmall: boolean, say: Say): Promise<Outcome[]> {
  await using house = await openHabitWorld(inProof, { basePath: '', isSmall, music });
  const pressing = tryAll(house, mediaKeys, say);
  const outcomes: Outcome[] = [];
  const small = Object.values(lanes).slice(0, LANES);
  const tried = isSmall ? { small: small.flatMap((list) => list.slice(0, OF_A_LANE)) } : lanes;
  for (const [name, list] of Object.entries(tried)) {
    await using lane = await house.openLane(name);
    outcomes.push(...(await tryAll(lane, list, say)));
  }
  return [...outcomes, ...(await pressing)];
}

async function underPath(music: string, isSmall: boolean, say: Say): Promise<Outcome[]> {
  await using house = await openHabitWorld(inProof, { basePath: '/music', isSmall, music });
  return await tryAll(house, isSmall ? habitsOfPaths.slice(0, 1) : habitsOfPaths, say);
}

async function tryAll(world: HabitWorld, list: readonly Habit[], say: Say): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const habit of list) {
    let outcome = await tryOne(world, habit, say);
    // In small it runs beside other tests, and a machine that is late once is no fault of the player's.
    if (world.isSmall && outcome.fault !== undefined) outcome = await tryOne(world, habit, say);
    outcomes.push(outcome);
  }
  return outcomes;
}

async function tryOne(world: HabitWorld, habit: Habit, say: Say): Promise<Outcome> {
  const { name } = habit;
  const { basePath } = world;
  const where = basePath && ` under ${basePath}`;
  try {
    const figures = await habit.run(world);
    say(`held${where}: ${name}`);
    return { habit: name, basePath, ...(figures && { figures }) };
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    say(`FAILED${where}: ${name}: ${fault}`);
    return { habit: name, basePath, fault };
  } finally {
    await world.closeTabs();
  }
}
