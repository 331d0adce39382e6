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

/** Beside the one of media keys: more would keep two cores from being in time for what people see. */
const LANES_AT_ONCE = 2;

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
    const outcomes = (await Promise.all([atRoot(music, small, say), underPath(music, small, say)])).flat();
    const failed = outcomes.filter(({ fault }) => fault !== undefined);
    return {
      gates: { failedHabits: gate(failed.length, 0), triedAny: gate(outcomes.length > 0, true) },
      figures: { habits: outcomes },
    };
  },
};

async function atRoot(music: string, isSmall: boolean, say: Say): Promise<Outcome[]> {
  await using house = await openHabitWorld(inProof, { basePath: '', isSmall, music });
  const outcomes: Outcome[] = [];
  const waiting = Object.entries(lanes);
  const runLanes = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [name, list] = next;
      await using lane = await house.openLane(name);
      outcomes.push(...(await tryAll(lane, list, say)));
    }
  };
  const side = Array.from({ length: LANES_AT_ONCE }, runLanes);
  const [pressed] = await Promise.all([tryAll(house, mediaKeys, say), ...side]);
  return [...outcomes, ...pressed];
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
