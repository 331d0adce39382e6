import { inProof } from '../support/debian.ts';
import { type Habit, habits as all, habitsOfPaths, openHabitWorld } from '../support/habits/index.ts';
import { gate, type Proof } from './proof.ts';

/** The player against what people do without thinking. */
export const habits: Proof = {
  name: 'habits',
  shows:
    'space, arrows, media keys, back, deep links, reload in mid-song, shared addresses, two tabs: as people expect',
  async run({ small, say }) {
    const outcomes = [
      ...(await tryAll({ basePath: '', isSmall: small }, all, say)),
      ...(await tryAll(
        { basePath: '/music', isSmall: small },
        small ? habitsOfPaths.slice(0, 1) : habitsOfPaths,
        say,
      )),
    ];
    const failed = outcomes.filter(({ fault }) => fault !== undefined);
    return {
      gates: { failedHabits: gate(failed.length, 0), triedAny: gate(outcomes.length > 0, true) },
      figures: { habits: outcomes },
    };
  },
};

async function tryAll(
  place: { readonly basePath: string; readonly isSmall: boolean },
  list: readonly Habit[],
  say: (text: string) => void,
) {
  const { basePath } = place;
  await using world = await openHabitWorld(inProof, place);
  const outcomes: { habit: string; basePath: string; figures?: unknown; fault?: string }[] = [];
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
    // What failed left its tabs open, and they may play.
    for (const context of world.browser.contexts()) for (const page of context.pages()) await page.close();
  }
  return outcomes;
}
