import { ClefError } from '../core/index.ts';

/**
 * The one answer to sealed bytes that do not open. Wrong key, wrong commitment, wrong length and wrong tag
 * are not told apart, so that no caller can be made an oracle; no cause is attached for the same reason.
 */
export function decryptionFailed(): ClefError {
  return new ClefError('decryption-failed', 'sealed bytes did not open: wrong key, or they were changed');
}
