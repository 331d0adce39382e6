import type { Part, PartState } from './part.ts';

/** A part as people are shown it. */
export type ShownPart = Pick<Part, 'name' | 'kind' | 'serves' | 'state'> & { readonly sinceMs: number };

export interface StateChange {
  readonly atMs: number;
  readonly name: string;
  readonly state: PartState;
}

/** Since when each part is as it is. */
export class StateHistory {
  readonly #parts: readonly Part[];
  readonly #now: () => number;
  readonly #known = new Map<string, Pick<ShownPart, 'state' | 'sinceMs'>>();

  constructor(parts: readonly Part[], now: () => number) {
    this.#parts = parts;
    this.#now = now;
    this.note();
  }

  /** What changed since this was last asked. */
  note(): readonly StateChange[] {
    const atMs = this.#now();
    const changes: StateChange[] = [];
    for (const { name, state } of this.#parts) {
      const known = this.#known.get(name);
      if (known?.state === state) continue;
      this.#known.set(name, { state, sinceMs: atMs });
      if (known) changes.push({ atMs, name, state });
    }
    return changes;
  }

  get parts(): readonly ShownPart[] {
    return this.#parts.map(({ name, kind, serves, state }) => ({
      name,
      kind,
      serves,
      ...(this.#known.get(name) ?? { state, sinceMs: this.#now() }),
    }));
  }
}
