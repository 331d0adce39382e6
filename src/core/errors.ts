import type { ErrorCode } from './error-table.ts';

/** The table's own column, held against it by a test: a player's bundle has no room for the table's sentences. */
const retryableCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'too-many-attempts',
  'not-ready',
  'node-offline',
  'node-version-mismatch',
  'node-io',
  'vault-too-few-nodes',
  'vault-source-changed',
  'catalog-conflict',
  'catalog-offline',
  'session-in-use',
  'log-unreachable',
  'cluster-unknown',
  'tls-not-issued',
  'vault-column-lost',
  'upload-limit',
  'upload-damaged',
]);

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
    return retryableCodes.has(this.code);
  }
}

export function isClefError(error: unknown, code?: ErrorCode): error is ClefError {
  return error instanceof ClefError && (code === undefined || error.code === code);
}

/** For the end of a switch over a closed union. */
export function unreachable(value: never): never {
  throw new ClefError('internal', `unexpected case ${JSON.stringify(value)}`);
}
