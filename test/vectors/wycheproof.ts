import { readFile } from 'node:fs/promises';
import { expect, type TestContext } from 'vitest';
import { fromHex } from '../../src/core/index.ts';
import { sharedData } from '../support/shared-data.ts';

export const FOLDER = 'vectors/wycheproof';

export interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly result: 'valid' | 'invalid' | 'acceptable';
}

interface VectorFile<Group> {
  readonly numberOfTests: number;
  readonly testGroups: readonly Group[];
}

/** Thrown by a run whose primitive has no way to express the vector; counted and named, never dropped. */
export class NotApplicable extends Error {}

/**
 * One way through Clef's primitives: true where the output is the vector's, false where it is another.
 * A rejection throws.
 */
export type Run<Group, Test> = (test: Test, group: Group) => Promise<boolean>;

/**
 * Every vector of a file through one way: valid ones must give their output, invalid ones be rejected,
 * acceptable ones do either; another output than the vector's is always a failure.
 */
export async function runVectors<Group extends { readonly tests: readonly Test[] }, Test extends Vector>(
  context: TestContext,
  fileName: string,
  way: string,
  run: Run<Group, Test>,
): Promise<void> {
  const text = await readFile(sharedData(`${FOLDER}/${fileName}`, context), 'utf8');
  const file = JSON.parse(text) as VectorFile<Group>;
  const notApplicable = new Map<string, number>();
  const failures: string[] = [];
  let [ran, accepted] = [0, 0];
  for (const group of file.testGroups) {
    for (const test of group.tests) {
      const outcome = await outcomeOf(() => run(test, group));
      if (outcome instanceof NotApplicable) {
        notApplicable.set(outcome.message, (notApplicable.get(outcome.message) ?? 0) + 1);
        continue;
      }
      ran++;
      if (outcome === 'accepted') accepted++;
      const allowed = { valid: ['accepted'], invalid: ['rejected'], acceptable: ['accepted', 'rejected'] };
      if (!allowed[test.result].includes(outcome)) {
        failures.push(`${test.tcId} (${test.comment}): ${test.result}, but ${outcome}`);
      }
    }
  }
  const omitted = [...notApplicable]
    .map(([reason, count]) => `, ${count} not applicable: ${reason}`)
    .join('');
  console.log(`${fileName}, ${way}: ${ran} run, ${ran - failures.length} passed${omitted}`);
  expect(failures).toEqual([]);
  // A way that rejects everything would pass the invalid ones.
  expect(accepted).toBeGreaterThan(0);
  const counted = ran + [...notApplicable.values()].reduce((sum, count) => sum + count, 0);
  expect(counted).toBe(file.numberOfTests);
}

async function outcomeOf(
  act: () => Promise<boolean>,
): Promise<'accepted' | 'rejected' | 'another output' | NotApplicable> {
  try {
    return (await act()) ? 'accepted' : 'another output';
  } catch (error) {
    return error instanceof NotApplicable ? error : 'rejected';
  }
}

export const hex = fromHex;
