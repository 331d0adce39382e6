import type { PresentedCredentials } from '../../accounts/index.ts';
import { ClefError } from '../../core/index.ts';
import { bearerKey } from '../bearer-key.ts';
import { missing, type Params, textParam } from './params.ts';

const HEX_PASSWORD = /^enc:((?:[0-9a-f]{2})*)$/i;
const utf8Decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * How a request says who it is from (https://opensubsonic.netlify.app/docs/extensions/apikeyauth/): an API key alone,
 * a user with a token and its salt, or a user with a password. An API key may also come as HTTP has it, in an `Authorization`
 * header, which no log and no history has as they have addresses; no other way that HTTP has is taken.
 */
export function presentedCredentials(params: Params, authorization?: string): PresentedCredentials {
  const key = textParam(params, 'apiKey');
  const user = textParam(params, 'u');
  const password = textParam(params, 'p');
  const token = textParam(params, 't');
  const salt = textParam(params, 's');
  const withToken = token !== undefined || salt !== undefined;

  if (key !== undefined) {
    if (user !== undefined || password !== undefined || withToken) throw conflicting('apiKey stands alone');
    return { kind: 'api-key', key };
  }
  if (password !== undefined && withToken) throw conflicting('either p, or t with s');
  if (user === undefined && password === undefined && !withToken && authorization !== undefined) {
    const ofHeader = bearerKey(authorization);
    if (ofHeader !== undefined) return { kind: 'api-key', key: ofHeader };
    throw new ClefError(
      'auth-mechanism-unsupported',
      'of Authorization headers only `Bearer` with an API key is taken here; use that, apiKey, or u with t and s',
    );
  }
  if (user === undefined) throw missing('u');
  if (withToken) {
    if (token === undefined) throw missing('t');
    if (salt === undefined) throw missing('s');
    return { kind: 'token', user, token, salt };
  }
  if (password === undefined) throw missing('p');
  return { kind: 'password', user, password: plainPassword(password) };
}

/** `enc:` and hexadecimal UTF-8; what is not that was meant as it stands. */
function plainPassword(password: string): string {
  const hex = HEX_PASSWORD.exec(password)?.[1];
  if (hex === undefined) return password;
  try {
    return utf8Decoder.decode(Uint8Array.fromHex(hex));
  } catch {
    return password;
  }
}

function conflicting(what: string): ClefError {
  return new ClefError('conflicting-auth', `more than one way to sign in was used at once: ${what}`);
}
