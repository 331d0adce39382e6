/**
 * What the renderers understand: an undefined property is left out. Wire types are type aliases and not
 * interfaces, since only those are assignable to an index signature.
 */
export type WireObject = { readonly [name: string]: WireValue | undefined };
export type WireItem = string | number | boolean | WireObject;
export type WireValue = WireItem | readonly WireItem[];

/** ISO 8601 in UTC, as every OpenSubsonic date. */
export function wireDate(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

export function optionalDate(timeMs: number | undefined): string | undefined {
  return timeMs === undefined ? undefined : wireDate(timeMs);
}

/** OpenSubsonic counts durations in whole seconds. */
export function wireSeconds(durationMs: number): number {
  return Math.round(durationMs / 1000);
}
