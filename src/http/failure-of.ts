import type { FastifyError } from 'fastify';
import { ClefError, errorTable, isClefError } from '../core/index.ts';

export interface Failure {
  readonly error: ClefError;
  readonly httpStatus: number;
}

/** What a client may know of something thrown. `bodyIs` says what a body has to be where it was sent. */
export function failureOf(thrown: FastifyError, bodyIs: string): Failure {
  const { statusCode } = thrown;
  if (isClefError(thrown)) {
    return { error: thrown, httpStatus: statusCode ?? errorTable[thrown.code].httpStatus };
  }
  const status = statusCode ?? 500;
  if (status >= 400 && status < 500) {
    return { error: new ClefError('bad-request', describe(status, bodyIs)), httpStatus: status };
  }
  return { error: new ClefError('internal', errorTable.internal.meaning), httpStatus: 500 };
}

/** Fastify's own messages may repeat what was sent. */
function describe(status: number, bodyIs: string): string {
  switch (status) {
    case 413:
      return 'the body is too long';
    case 415:
      return `a body must be ${bodyIs}`;
    default:
      return 'the request is malformed';
  }
}
