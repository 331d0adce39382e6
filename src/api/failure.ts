import * as v from 'valibot';

/** The body of every answer of 400 and above (`application/problem+json`, RFC 9457). */
export const failure = v.object({
  /** From docs/errors.md. */
  code: v.string(),
  title: v.string(),
  status: v.number(),
  retryable: v.boolean(),
});
export type Failure = v.InferOutput<typeof failure>;
