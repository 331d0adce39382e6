import { type Scope, scopeOfHint, WHOLE, withoutOverlaps } from '../scan/scope.ts';

/** So long nothing more has to happen before it is looked at; */
const QUIET_MS = 300;
/** but no hint waits for longer. */
const LONGEST_WAIT_MS = 2_000;
/** A folder of a share is cheaper to walk than so many parts of it. */
const MOST_SCOPES = 100;

/** What is to be looked at, and when: many hints are one look. */
export class Agenda {
  #scopes = new Map<string, Scope>();
  #plannedMs = Infinity;
  #firstHintMs: number | undefined;
  #hintedMs = Infinity;

  get dueMs(): number {
    return Math.min(this.#plannedMs, this.#hintedMs);
  }

  /** Once it has been quiet for a moment. */
  hint(path: Buffer, nowMs: number): void {
    const scope = scopeOfHint(path);
    if (!scope) return;
    this.#firstHintMs ??= nowMs;
    this.#hintedMs = Math.min(nowMs + QUIET_MS, this.#firstHintMs + LONGEST_WAIT_MS);
    this.#add([scope]);
  }

  /** At the time, or together with what is due before. */
  plan(scopes: readonly Scope[], atMs: number): void {
    this.#plannedMs = Math.min(this.#plannedMs, atMs);
    this.#add(scopes);
  }

  /** Everything, none of it in another. */
  take(): readonly Scope[] {
    const scopes = withoutOverlaps(this.#scopes.values());
    this.#scopes = new Map();
    this.#plannedMs = Infinity;
    this.#firstHintMs = undefined;
    this.#hintedMs = Infinity;
    return scopes;
  }

  #add(scopes: readonly Scope[]): void {
    for (const scope of scopes) this.#scopes.set(`${scope.isDeep ? '+' : ''}${scope.folder}`, scope);
    if (this.#scopes.size > MOST_SCOPES) this.#scopes = new Map([['+', WHOLE]]);
  }
}
