import { ClefError, parseWireId, type WireIdKinds, type WireKind } from '../../core/index.ts';

/** The id behind a wire id of this kind; `not-found` where nothing can have it. */
export function idOf<Kind extends WireKind>(kind: Kind, text: string): WireIdKinds[Kind] {
  const parsed = parseWireId(text);
  if (parsed?.kind !== kind) throw nothingHasId();
  return parsed.id as WireIdKinds[Kind];
}

export function nothingHasId(): ClefError {
  return new ClefError('not-found', 'nothing has this id');
}
