import { describe, expect, it } from 'vitest';
import { isAbsent } from '../../../../test/support/debian.ts';
import { compareAnswers } from '../../../../test/support/dialects/compare.ts';
import { type Filled, fill } from '../../../../test/support/dialects/fill.ts';
import { questions } from '../../../../test/support/dialects/questions.ts';
import { openDialects } from '../../../../test/support/dialects/world.ts';
import { openMariadb } from '../../../../test/support/shared-mariadb.ts';
import { MARIADBD } from '../../../../test/support/start-mariadb.ts';

/** Of so many questions a few, from all parts. The proof of dialects asks them all, of a larger library. */
const EVERY = 8;

describe.skipIf(isAbsent(MARIADBD))('a server of databases', () => {
  it('answers what SQLite answers, order included', async () => {
    await using stack = new AsyncDisposableStack();
    const worlds = await openDialects(stack, { mariadb: await openMariadb(stack) });
    const written: Filled[] = [];
    // One after the other: SQLite holds up the process in which answers of the other are waited for.
    for (const world of worlds) written.push(await fill(world, { tracks: 120, marks: 12, seed: 1 }));
    const [inFile, onServer] = written;
    if (!inFile) throw new Error('nothing was written');
    expect(onServer).toEqual(inFile);
    for (const world of worlds) await world.findEverything();
    const asked = [...questions(inFile, { items: 10 })].filter((_, at) => at % EVERY === 0);
    const { differences, failed, answers, empty } = await compareAnswers(worlds, asked);
    expect(differences).toEqual([]);
    expect(failed).toBe(0);
    expect(answers - empty).toBeGreaterThan(100);
  });
});
