import { isDeepStrictEqual } from 'node:util';
import type { Question } from './questions.ts';
import type { DialectWorld } from './world.ts';

export interface Difference {
  readonly question: string;
  readonly world: string;
  /** Where they part, with some of what stands there. */
  readonly at: string;
}

export interface Comparison {
  /** Questions, each asked of every catalogue. */
  readonly answers: number;
  /** Of those, the ones that found nothing. */
  readonly empty: number;
  /** Errors are compared too; none is expected. */
  readonly failed: number;
  readonly byMethod: Readonly<Record<string, number>>;
  readonly differences: readonly Difference[];
}

/** The first is what the others are held against: values, their types, and their order. */
export async function compareAnswers(
  worlds: readonly DialectWorld[],
  asked: Iterable<Question>,
): Promise<Comparison> {
  const differences: Difference[] = [];
  const byMethod: Record<string, number> = {};
  let [answers, empty, failed] = [0, 0, 0];
  for (const { name, ask } of asked) {
    for (const world of worlds) world.beginAnew(answers);
    const [expected, ...others] = await Promise.all(worlds.map((world) => answerOf(world, ask)));
    for (const [at, answer] of others.entries()) {
      if (isDeepStrictEqual(answer, expected)) continue;
      const { name: world = '' } = worlds[at + 1] ?? {};
      differences.push({ question: name, world, at: parting(expected, answer) });
    }
    answers++;
    if (isEmpty(expected)) empty++;
    if (expected instanceof Failure) failed++;
    const [method = ''] = name.split(/[ ,]/);
    byMethod[method] = (byMethod[method] ?? 0) + 1;
  }
  return { answers, empty, failed, byMethod, differences };
}

class Failure {
  readonly message: string;

  constructor(error: unknown) {
    this.message = String(error);
  }
}

async function answerOf(world: DialectWorld, ask: Question['ask']): Promise<unknown> {
  try {
    return await ask(world);
  } catch (error) {
    return new Failure(error);
  }
}

function isEmpty(answer: unknown): boolean {
  return answer === undefined || (Array.isArray(answer) && answer.length === 0);
}

const SHOWN_CHARACTERS = 200;

export function parting(expected: unknown, got: unknown, path = ''): string {
  if (typeof expected === 'object' && typeof got === 'object' && expected && got) {
    for (const name of new Set([...Object.keys(expected), ...Object.keys(got)])) {
      const [a, b] = [expected, got].map((value) => (value as Record<string, unknown>)[name]);
      if (!isDeepStrictEqual(a, b)) return parting(a, b, `${path}.${name}`);
    }
  }
  const [a, b] = [expected, got].map((value) => `${kindOf(value)} ${JSON.stringify(value)}`);
  return `${path}: ${a?.slice(0, SHOWN_CHARACTERS)} / ${b?.slice(0, SHOWN_CHARACTERS)}`;
}

function kindOf(value: unknown): string {
  return typeof value === 'object' && value ? value.constructor.name : typeof value;
}
