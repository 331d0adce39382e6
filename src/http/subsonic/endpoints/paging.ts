import { integerParam, type Params } from '../params.ts';

const DEFAULT_LIST_SIZE = 10;
/** What the Subsonic interface names as the most; a player that asks for more gets this many. */
const MAX_LIST_SIZE = 500;

export function listSize(params: Params, name: string, fallback = DEFAULT_LIST_SIZE): number {
  return integerParam(params, name, { min: 0, max: MAX_LIST_SIZE, clamp: true }) ?? fallback;
}

export function pageOffset(params: Params, name: string): number {
  return integerParam(params, name, { min: 0, max: Number.MAX_SAFE_INTEGER }) ?? 0;
}
