import type { Output } from '../../playback/session/index.ts';

/** An output that is not there any more. */
export interface LostOutput {
  readonly outputId: string;
  readonly epoch: number;
  /** Log time at which it was heard of last. */
  readonly seenAtMs: number;
}

/**
 * When the outputs of one session were heard of last, in log time. One that never was counts from when it was looked for
 * first: after a restart nobody knows better.
 */
export class Leases {
  readonly #heardMs = new Map<string, number>();
  /** Reported as lost; the log may not have it yet. */
  readonly #lost = new Set<string>();

  /** Who leaves was there until now. */
  note(instanceId: string, heardMs: number): void {
    this.#heardMs.set(instanceId, Math.max(heardMs, this.#heardMs.get(instanceId) ?? heardMs));
  }

  /**
   * Each lost output once. `heardMs` answers for who is there. Players that have no line of their own here are looked
   * after by whoever speaks for them.
   */
  overdue(
    outputs: readonly Output[],
    heardMs: (instanceId: string) => number | undefined,
    { nowMs, leaseMs }: { readonly nowMs: number; readonly leaseMs: number },
  ): readonly LostOutput[] {
    const own = outputs.filter(isLeased);
    const ids = new Set(own.map(({ outputId }) => outputId));
    for (const id of this.#heardMs.keys()) if (!ids.has(id)) this.#heardMs.delete(id);
    for (const name of this.#lost)
      if (!own.some((output) => nameOf(output) === name)) this.#lost.delete(name);
    return own.flatMap((output) => {
      const { outputId, epoch } = output;
      const seenAtMs = heardMs(outputId) ?? this.#heardMs.get(outputId) ?? nowMs;
      this.#heardMs.set(outputId, seenAtMs);
      if (nowMs - seenAtMs <= leaseMs || this.#lost.has(nameOf(output))) return [];
      this.#lost.add(nameOf(output));
      return [{ outputId, epoch, seenAtMs }];
    });
  }

  /** The log did not take it: it is to be reported again. */
  again(output: LostOutput): void {
    this.#lost.delete(nameOf(output));
  }
}

/** Kept up by a line of its own. One that was handed over from goes by itself. */
export function isLeased({ kind, untilMs }: Output): boolean {
  return kind !== 'subsonic' && untilMs === undefined;
}

function nameOf({ outputId, epoch }: Pick<Output, 'outputId' | 'epoch'>): string {
  return `${outputId} ${epoch}`;
}
