import { describe, it } from 'vitest';
import { equalBytes } from '../../src/core/index.ts';
import { KEY_BYTES, unwrapTrackKey, WRAPPED_KEY_BYTES, wrapTrackKey } from '../../src/crypto/index.ts';
import { hex, NotApplicable, type Run, runVectors, type Vector } from './wycheproof.ts';

interface WrapTest extends Vector {
  readonly key: string;
  readonly msg: string;
  readonly ct: string;
}

interface WrapGroup {
  readonly tests: readonly WrapTest[];
}

const FILE = 'aes_wrap_test.json';
/** WebCrypto wraps keys, not bytes, and an HMAC key has any length but zero. */
const CARRIER = { name: 'HMAC', hash: 'SHA-256' };

const webCrypto: Run<WrapGroup, WrapTest> = async (test) => {
  const [message, wrapped] = [hex(test.msg), hex(test.ct)];
  const kek = await crypto.subtle.importKey('raw', hex(test.key), 'AES-KW', false, ['wrapKey', 'unwrapKey']);
  const unwrapped = await crypto.subtle.unwrapKey('raw', wrapped, kek, 'AES-KW', CARRIER, true, ['sign']);
  if (!equalBytes(new Uint8Array(await crypto.subtle.exportKey('raw', unwrapped)), message)) return false;
  return equalBytes(new Uint8Array(await crypto.subtle.wrapKey('raw', unwrapped, kek, 'AES-KW')), wrapped);
};

const trackKeys: Run<WrapGroup, WrapTest> = async (test) => {
  const [key, message, wrapped] = [hex(test.key), hex(test.msg), hex(test.ct)];
  if (key.length !== KEY_BYTES) throw new NotApplicable('library keys have 256 bits');
  if (message.length !== KEY_BYTES && wrapped.length !== WRAPPED_KEY_BYTES && test.result !== 'invalid') {
    throw new NotApplicable('track keys have 256 bits');
  }
  if (!equalBytes(await unwrapTrackKey(key, wrapped), message)) return false;
  return equalBytes(await wrapTrackKey(key, message), wrapped);
};

describe('AES key wrap agrees with Wycheproof', () => {
  it('through WebCrypto', (context) => runVectors(context, FILE, 'WebCrypto', webCrypto));

  it('as track keys are wrapped', (context) => runVectors(context, FILE, 'unwrapTrackKey', trackKeys));
});
