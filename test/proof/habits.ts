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
  for (const [name, list] of Object.entries(lanes)) {
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
  const { basePath } = world;
  const outcomes: Outcome[] = [];
  for (const habit of list) {
    const { name } = habit;
    try {
      const figures = await habit.run(world);
      outcomes.push({ habit: name, basePath, ...(figures && { figures }) });
      say(`held${basePath && ` under ${basePath}`}: ${name}`);
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error);
      outcomes.push({ habit: name, basePath, fault });
      say(`FAILED${basePath && ` under ${basePath}`}: ${name}: ${fault}`);
    }
    await world.closeTabs();
  }
  return outcomes;
}
