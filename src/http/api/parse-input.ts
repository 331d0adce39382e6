import * as v from 'valibot';
import { ClefError } from '../../core/index.ts';

type Place = 'path' | 'query' | 'header' | 'body';

/** Faults that one answer lists; the rest show once these are gone. */
const MAX_FAULTS = 5;

/** Parses what came from outside, or says where it is not as expected; never repeats what was sent. */
export function parseInput<S extends v.GenericSchema>(
  schema: S,
  input: unknown,
  place: Place,
): v.InferOutput<S> {
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return parsed.output;
  const { issues } = parsed;
  const isMissing = issues.every(({ received }) => received === 'undefined');
  const faults = issues.slice(0, MAX_FAULTS).map((issue) => faultOf(issue, place));
  throw new ClefError(isMissing ? 'missing-parameter' : 'bad-request', faults.join('; '));
}

function faultOf(issue: v.BaseIssue<unknown>, place: Place): string {
  const { expected, received } = issue;
  const path = v.getDotPath(issue);
  const what = path === null ? `the ${place}` : `${path} in the ${place}`;
  if (received === 'undefined') return `${what} is missing`;
  return expected === null ? `${what} is not as it must be` : `${what} must be ${expected}`;
}
