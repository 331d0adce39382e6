import { type ErrorCode, errorTable } from './error-table.ts';

export interface ClefErrorOptions {
  readonly cause?: unknown;
}

/**
 * The one error of the house. The message says what failed, on what, expected and got;
 * it holds no secret and no user's path.
 */
export class ClefError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options: ClefErrorOptions = {}) {
    super(message, options);
    this.name = 'ClefError';
    this.code = code;
  }

  /** True where the same call may succeed later without anything being changed. */
  get retryable(): boolean {
    return errorTable[this.code].retryable;
  }
}

export function isClefError(error: unknown, code?: ErrorCode): error is ClefError {
  return error instanceof ClefError && (code === undefined || error.code === code);
}

/** For the end of a switch over a closed union. */
export function unreachable(value: never): never {
  throw new ClefError('internal', `unexpected case ${JSON.stringify(value)}`);
}
