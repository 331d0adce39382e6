import { LRUCache } from 'lru-cache';
import type { AccountStore, CredentialId, CredentialUse, StoredCredential } from './port.ts';

/** How coarse `lastUsedAtMs` is; a streaming request never writes. */
export const USAGE_INTERVAL_MS = 3_600_000;
const MAX_REMEMBERED = 10_000;

interface Entry {
  readonly use: CredentialUse;
  /** What the row holds, as far as this process knows. */
  readonly writtenAtMs: number | undefined;
}

/** Remembers when each credential was last used until someone writes it down. */
export class UsageLog {
  readonly #entries = new LRUCache<CredentialId, Entry>({ max: MAX_REMEMBERED });

  note(credential: StoredCredential, atMs: number): void {
    const { id, userId, lastUsedAtMs } = credential;
    const writtenAtMs = Math.max(this.#entries.get(id)?.writtenAtMs ?? 0, lastUsedAtMs ?? 0) || undefined;
    this.#entries.set(id, { use: { id, userId, lastUsedAtMs: atMs }, writtenAtMs });
  }

  /** Writes those whose row is an hour behind, in one call; returns how many. */
  async flush(store: AccountStore): Promise<number> {
    const due = [...this.#entries.entries()].filter(
      ([, { use, writtenAtMs }]) =>
        writtenAtMs === undefined || use.lastUsedAtMs - writtenAtMs >= USAGE_INTERVAL_MS,
    );
    if (due.length === 0) return 0;
    await store.recordUses(due.map(([, { use }]) => use));
    for (const [id, { use }] of due) {
      const newest = this.#entries.peek(id) ?? { use };
      this.#entries.set(id, { use: newest.use, writtenAtMs: use.lastUsedAtMs });
    }
    return due.length;
  }
}
