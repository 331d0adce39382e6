import { ClefError } from '../../../core/index.ts';
import { type Params, textParam } from '../params.ts';

export type Format =
  | { readonly kind: 'xml' }
  | { readonly kind: 'json' }
  | { readonly kind: 'jsonp'; readonly callback: string };

const MAX_CALLBACK_CHARACTERS = 128;
/** A name, perhaps of a property: anything more could be a program. */
const CALLBACK = /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*$/;

/** XML is what a client gets that asks for nothing, or for a format that does not exist. */
export function formatOf(params: Params): Format {
  switch (textParam(params, 'f')) {
    case 'json':
      return { kind: 'json' };
    case 'jsonp':
      return { kind: 'jsonp', callback: callbackOf(params) };
    default:
      return { kind: 'xml' };
  }
}

/** For telling about a request that is itself wrong: never throws. */
export function formatForFailure(params: Params): Format {
  try {
    return formatOf(params);
  } catch {
    return { kind: 'json' };
  }
}

function callbackOf(params: Params): string {
  const callback = textParam(params, 'callback');
  if (callback === undefined) throw new ClefError('missing-parameter', 'jsonp needs the parameter callback');
  if (callback.length > MAX_CALLBACK_CHARACTERS || !CALLBACK.test(callback)) {
    throw new ClefError('bad-request', 'callback is not the name of a function');
  }
  return callback;
}
