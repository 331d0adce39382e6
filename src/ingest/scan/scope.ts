import { coverRank, isAudioName, isLyricsName, isSkippedName } from './names.ts';
import { comparePathKeys, encodePathKey } from './path-key.ts';

/** A part of a source. */
export interface Scope {
  /** Its path key; empty for the root. */
  readonly folder: string;
  /** With all below it; otherwise only its own files. */
  readonly isDeep: boolean;
}

export const WHOLE: Scope = { folder: '', isDeep: true };

/** With what every path key in it begins. */
export function prefixOf({ folder }: Scope): string {
  return folder === '' ? '' : `${folder}/`;
}

export function isInScope(pathKey: string, scope: Scope): boolean {
  const prefix = prefixOf(scope);
  return pathKey.startsWith(prefix) && (scope.isDeep || !pathKey.includes('/', prefix.length));
}

/**
 * Where to look after something happened at a path, of which nobody knows what it is now. A song or its lyrics concern
 * their folder; a cover the folders below, too; whatever else may be a folder, or have been one.
 */
export function scopeOfHint(path: Buffer): Scope | undefined {
  const names = path
    .toString('latin1')
    .split('/')
    .map((name) => Buffer.from(name, 'latin1'));
  const last = names.at(-1);
  if (!last || last.length === 0) return WHOLE;
  if (names.some((name) => isSkippedName(name))) return undefined;
  const folder = encodePathKey(path.subarray(0, Math.max(0, path.length - last.length - 1)));
  if (isAudioName(last) || isLyricsName(last)) return { folder, isDeep: false };
  // The covers of disc folders lie above them.
  if (coverRank(last) !== undefined) return { folder, isDeep: true };
  return { folder: encodePathKey(path), isDeep: true };
}

/** Whether a file of this name can make a difference to a scan. */
export function concernsMusic(name: Buffer): boolean {
  return isAudioName(name) || isLyricsName(name) || coverRank(name) !== undefined;
}

/** Without those that are in others. */
export function withoutOverlaps(scopes: Iterable<Scope>): readonly Scope[] {
  const kept: Scope[] = [];
  // Deep ones first, so that the last ones find what they are in.
  const sorted = [...scopes].sort(
    (a, b) => comparePathKeys(a.folder, b.folder) || Number(b.isDeep) - Number(a.isDeep),
  );
  for (const scope of sorted) {
    const isCovered = kept.some(
      (other) =>
        other.folder === scope.folder ||
        (other.isDeep && (other.folder === '' || scope.folder.startsWith(`${other.folder}/`))),
    );
    if (!isCovered) kept.push(scope);
  }
  return kept;
}
