import * as v from 'valibot';
import { ClefError, type ErrorCode, errorTable } from '../../core/index.ts';

/** JSON lines over the socket: one request, then progress, then one result or error. */
export const requestSchema = v.object({ operation: v.string(), args: v.unknown() });

const replySchema = v.variant('kind', [
  v.object({ kind: v.literal('progress'), value: v.unknown() }),
  v.object({ kind: v.literal('result'), value: v.unknown() }),
  v.object({ kind: v.literal('error'), code: v.string(), message: v.string() }),
]);

export type Request = v.InferOutput<typeof requestSchema>;
export type Reply = v.InferOutput<typeof replySchema>;

/** A line longer than this is not one of ours. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

export function parseRequest(line: string): Request {
  return parseLine(requestSchema, line);
}

export function parseReply(line: string): Reply {
  return parseLine(replySchema, line);
}

function parseLine<Schema extends v.GenericSchema>(schema: Schema, line: string): v.InferOutput<Schema> {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), line);
  if (!parsed.success)
    throw new ClefError(
      'bad-request',
      'a line on the control socket is not understood; are both sides the same version of Clef?',
    );
  return parsed.output;
}

export function errorReply(error: unknown): Reply {
  return error instanceof ClefError
    ? { kind: 'error', code: error.code, message: error.message }
    : { kind: 'error', code: 'internal', message: 'the server failed; its log says more' };
}

export function errorFromReply(reply: Reply & { kind: 'error' }): ClefError {
  const code = reply.code in errorTable ? (reply.code as ErrorCode) : 'internal';
  return new ClefError(code, reply.message);
}
