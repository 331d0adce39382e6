import type { Account } from '../../accounts/index.ts';
import type { ServedPicture } from '../covers/index.ts';
import type { MediaTicket } from '../media/index.ts';
import type { Params } from './params.ts';
import type { WireObject } from './wire/index.ts';

/** One call by someone who has signed in. */
export interface Call {
  readonly account: Account;
  /** The player, as it names itself; for people to read, and never trusted. */
  readonly clientName: string;
  readonly params: Params;
  readonly signedInWith: 'password' | 'token' | 'api-key';
}

export type Answer =
  /** What follows the envelope of a `subsonic-response`. */
  | { readonly kind: 'document'; readonly payload: WireObject }
  | { readonly kind: 'media'; readonly ticket: MediaTicket }
  | { readonly kind: 'picture'; readonly picture: ServedPicture; readonly cacheControl: string };

export type Endpoint = (call: Call) => Promise<Answer>;

/** By the name in the address, without `.view`. */
export type Endpoints = Readonly<Record<string, Endpoint>>;

/** An endpoint that answers with a document. */
export function documentEndpoint(handle: (call: Call) => WireObject | Promise<WireObject>): Endpoint {
  return async (call) => ({ kind: 'document', payload: await handle(call) });
}
