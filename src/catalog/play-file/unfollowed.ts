import { isClefError } from '../../core/index.ts';
import type { ProjectionFeed } from '../projection/index.ts';

export interface ChangedKey {
  readonly table: string;
  /** Its bucket first. */
  readonly key: readonly (string | number)[];
}

/** Told of each commit of this process before whoever made it hears of its success; undefined: any row may have changed. */
export type CommitSource = (listener: (changed: readonly ChangedKey[] | undefined) => void) => void;

/** Beyond so many, whatever is asked for may have changed. */
const MOST_KEYS = 10_000;

/**
 * Which rows were changed by commits that a projection has not followed yet. At first nothing is known of any: something may
 * have been changed while nobody followed.
 */
export class Unfollowed {
  readonly #feed: Pick<ProjectionFeed, 'nextCaughtUp'>;
  readonly #tables: ReadonlySet<string>;
  /** Of each row, the last commit that changed it. */
  readonly #commits = new Map<string, number>();
  #lastCommit = 0;
  /** The commit by which any row may have changed. */
  #all: number | undefined = 0;
  #isWaiting = false;

  constructor(feed: Pick<ProjectionFeed, 'nextCaughtUp'>, commits: CommitSource, tables: readonly string[]) {
    this.#feed = feed;
    this.#tables = new Set(tables);
    commits((changed) => this.#note(changed));
    void this.#untilFollowed();
  }

  /** True where the projection has all that this process knows of. */
  get isEmpty(): boolean {
    return !this.isBehind && this.#commits.size === 0;
  }

  /** True while the projection knows nothing for certain. */
  get isBehind(): boolean {
    return this.#all !== undefined;
  }

  /** Whether the row, named as its table has it without its bucket, is another by now than the projection has it. */
  has(table: string, ...key: readonly (string | number)[]): boolean {
    return this.#commits.has(nameOf(table, key));
  }

  #note(changed: readonly ChangedKey[] | undefined): void {
    const commit = ++this.#lastCommit;
    if (changed) {
      for (const { table, key } of changed) {
        if (this.#tables.has(table)) this.#commits.set(nameOf(table, key.slice(1)), commit);
      }
    }
    if (!changed || this.#commits.size > MOST_KEYS) {
      this.#commits.clear();
      this.#all = commit;
    }
    void this.#untilFollowed();
  }

  /** Never rejects; the feed pauses after a failure, and tells of it. */
  async #untilFollowed(): Promise<void> {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    while (!this.isEmpty) {
      const upTo = this.#lastCommit;
      try {
        await this.#feed.nextCaughtUp();
      } catch (error) {
        if (isClefError(error, 'not-ready')) break;
        continue;
      }
      if (this.#all !== undefined && this.#all <= upTo) this.#all = undefined;
      for (const [name, commit] of this.#commits) if (commit <= upTo) this.#commits.delete(name);
    }
    this.#isWaiting = false;
  }
}

function nameOf(table: string, key: readonly (string | number)[]): string {
  return `${table} ${key.join(' ')}`;
}
