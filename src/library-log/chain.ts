import type { LogSegmentHeader } from '../crypto/index.ts';

/** One segment of a chain. */
export interface Link extends Pick<LogSegmentHeader, 'seq' | 'kind' | 'part' | 'isLast' | 'position'> {
  readonly name: string;
}

/** Where a snapshot began that has no end yet. */
interface OpenSnapshot {
  readonly index: number;
  readonly parts: number;
}

/**
 * What one server's segments amount to, oldest first. Segments of changes may lie between the parts of a
 * snapshot. The base is the newest snapshot that is complete: nothing before it is needed any more.
 */
export class Chain {
  readonly #links: Link[] = [];
  #open: OpenSnapshot | undefined;
  #baseIndex: number | undefined;
  #baseParts = 0;
  #changesSinceBase = 0;

  append(link: Link): void {
    const index = this.#links.push(link) - 1;
    if (link.kind === 'changes') {
      this.#changesSinceBase++;
      return;
    }
    if (link.part === 1) this.#open = { index, parts: 1 };
    else if (this.#open?.parts === link.part - 1) this.#open = { index: this.#open.index, parts: link.part };
    // A part that does not follow: that snapshot was given up.
    else this.#open = undefined;
    if (link.isLast && this.#open) {
      this.#baseIndex = this.#open.index;
      this.#baseParts = this.#open.parts;
      this.#open = undefined;
      this.#changesSinceBase = this.needed.filter(({ kind }) => kind === 'changes').length;
    }
  }

  get hasBase(): boolean {
    return this.#baseIndex !== undefined;
  }

  /** Segments of the base snapshot; 0 without one. */
  get baseParts(): number {
    return this.#baseParts;
  }

  /** Segments of changes that came after the base began; all of them without a base. */
  get changesSinceBase(): number {
    return this.#changesSinceBase;
  }

  /** Segments that recovery does without, oldest first. */
  get obsolete(): readonly Link[] {
    return this.#links.slice(0, this.#baseIndex ?? 0);
  }

  /** The base and what came after; everything without a base. */
  get needed(): readonly Link[] {
    return this.#links.slice(this.#baseIndex ?? 0);
  }

  /** The oldest obsolete segment is gone from every node. */
  dropOldest(): void {
    if (this.#baseIndex === undefined || this.#baseIndex === 0) return;
    this.#links.shift();
    this.#baseIndex--;
    if (this.#open) this.#open = { ...this.#open, index: this.#open.index - 1 };
  }
}
