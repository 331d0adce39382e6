import { ClefError } from '../../core/index.ts';

/** The errors that every adapter reports in the same words. */
export function objectExists(name: string): ClefError {
  return new ClefError('node-object-exists', `an object named ${name} is already on the node`);
}

export function objectMissing(name: string): ClefError {
  return new ClefError('node-object-missing', `no object named ${name} is on the node`);
}

export function objectTruncated(name: string, wantedEndBytes: number, lengthBytes: number): ClefError {
  return new ClefError(
    'node-object-truncated',
    `${name} ends at ${lengthBytes} bytes, expected at least ${wantedEndBytes}`,
  );
}

export function versionMismatch(name: string): ClefError {
  return new ClefError('node-version-mismatch', `${name} is no longer the version that was read`);
}
