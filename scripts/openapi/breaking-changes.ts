type Json = unknown;
type JsonObject = Readonly<Record<string, Json>>;

/**
 * What a client of the older description would stumble over in the newer one, in words. The rule is stricter than
 * what clients need: whatever an older description says must be said by the newer one too, but for summaries; new
 * is allowed, except a new demand on what clients send.
 */
export function breakingChanges(older: Json, newer: Json): readonly string[] {
  const faults: string[] = [];
  compare(older, newer, { path: '', isSent: false, faults });
  return faults;
}

interface Place {
  readonly path: string;
  /** Inside what a client sends. */
  readonly isSent: boolean;
  readonly faults: string[];
}

const FOR_PEOPLE = new Set(['summary', 'description', 'info']);

function compare(older: Json, newer: Json, place: Place): void {
  const { path, faults } = place;
  if (Array.isArray(older) && Array.isArray(newer)) return compareLists(older, newer, place);
  if (isObject(older) && isObject(newer)) {
    for (const [name, value] of Object.entries(older)) {
      if (FOR_PEOPLE.has(name) && typeof value !== 'object') continue;
      const isSent = place.isSent || name === 'requestBody' || name === 'parameters';
      if (name in newer) compare(value, newer[name], { path: `${path}/${name}`, isSent, faults });
      // Of what is sent, a demand that is gone hurts nobody.
      else if (!(place.isSent && name === 'required')) faults.push(`${path}/${name} is gone`);
    }
    if (place.isSent && !('required' in older) && Array.isArray(newer['required'])) {
      faults.push(`${path} demands ${newer['required'].join(', ')}`);
    }
    return;
  }
  if (older !== newer && !(path.endsWith('/required') && older === true)) {
    faults.push(`${path} was ${JSON.stringify(older)} and is ${JSON.stringify(newer)}`);
  }
}

function compareLists(older: readonly Json[], newer: readonly Json[], place: Place): void {
  const { path, isSent, faults } = place;
  const isDemand = path.endsWith('/required');
  for (const item of older) {
    const found = newer.find((candidate) => identity(candidate) === identity(item));
    if (found !== undefined) compare(item, found, { ...place, path: `${path}/${identity(item)}` });
    else if (!(isDemand && isSent)) faults.push(`${path} has lost ${identity(item)}`);
  }
  for (const item of newer) {
    const isNew = !older.some((candidate) => identity(candidate) === identity(item));
    if (!isNew || !isSent) continue;
    if (isDemand || (isObject(item) && item['required'] === true)) {
      faults.push(`${path} demands ${identity(item)}`);
    }
  }
}

/** What makes an entry of a list the same as before: a parameter's name, a variant's `kind`, or the value itself. */
function identity(item: Json): string {
  if (!isObject(item)) return JSON.stringify(item);
  if (typeof item['name'] === 'string') return `${String(item['in'])} ${item['name']}`;
  const kind = (item['properties'] as { kind?: { const?: unknown } } | undefined)?.kind?.const;
  return typeof kind === 'string' ? kind : JSON.stringify(item);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
