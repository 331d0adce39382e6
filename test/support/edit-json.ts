/**
 * A copy of JSON with another value at a pointer (RFC 6901), or without what is there for `undefined`. Throws where
 * there is nothing to be changed.
 */
export function editJson<Json extends object>(json: Json, pointer: string, value: unknown): Json {
  // What parts of it share in memory, they do not share once it is sent.
  const copy = JSON.parse(JSON.stringify(json)) as Json;
  const keys = pointer.split('/').slice(1);
  const last = keys.pop() ?? '';
  let holder: unknown = copy;
  for (const key of keys) holder = isHolder(holder) ? holder[key] : undefined;
  if (!isHolder(holder) || (value === undefined && !(last in holder)))
    throw new Error(`there is no ${pointer} to be changed`);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return copy;
}

function isHolder(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
