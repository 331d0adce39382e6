import { ClefError, errorTable, isClefError } from '../../core/index.ts';
import type { Failure } from '../../api/index.ts';
import type { FailureAnswer } from '../media/index.ts';

/** An error as the native API tells it (RFC 9457); what is no ClefError is told as a fault of Clef's own. */
export function problemOf(error: unknown): FailureAnswer {
  const known = isClefError(error) ? error : new ClefError('internal', errorTable.internal.meaning);
  const { httpStatus } = errorTable[known.code];
  const body: Failure = {
    code: known.code,
    title: known.message,
    status: httpStatus,
    retryable: known.retryable,
  };
  return { httpStatus, contentType: 'application/problem+json', body: JSON.stringify(body) };
}
