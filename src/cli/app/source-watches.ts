import type { MusicSource } from '../../catalog/index.ts';
import {
  type ImportReport,
  type Scope,
  SourceWatch,
  type WatchMode,
  whyUnheard,
} from '../../ingest/index.ts';
import { watchFolders } from '../../ingest/watch/folder-hints.ts';
import { watchShareFolder } from '../../ingest/watch/share-hints.ts';
import { isShareRoot, type SourcePlaces } from './source-places.ts';

export interface SourceWatchesOptions {
  readonly places: SourcePlaces;
  readonly intervalMs: number;
  readonly look: (
    source: MusicSource,
    scopes: readonly Scope[] | undefined,
    signal: AbortSignal,
  ) => Promise<unknown>;
  readonly now: () => number;
}

/** The watches of all sources. */
export class SourceWatches implements AsyncDisposable {
  readonly #options: SourceWatchesOptions;
  readonly #watches = new Map<number, SourceWatch>();

  constructor(options: SourceWatchesOptions) {
    this.#options = options;
  }

  /** Does nothing for one that is watched. */
  async begin(source: MusicSource): Promise<void> {
    if (this.#watches.has(source.id)) return;
    const { intervalMs, look, now } = this.#options;
    const isLocal = !isShareRoot(source.root);
    const hints = await this.#hintsOf(source);
    if (this.#watches.has(source.id)) return;
    this.#watches.set(
      source.id,
      new SourceWatch({
        intervalMs,
        hints,
        isLocal,
        look: (scopes, signal) => look(source, scopes, signal),
        now,
      }),
    );
  }

  modeOf(sourceId: number): WatchMode {
    return this.#watches.get(sourceId)?.mode ?? { kind: 'starting' };
  }

  looked({ sourceId, unfinished }: ImportReport, isWhole: boolean): void {
    this.#watches.get(sourceId)?.looked({ isWhole, ...(unfinished && { unfinished }) });
  }

  async end(sourceId: number): Promise<void> {
    const watch = this.#watches.get(sourceId);
    this.#watches.delete(sourceId);
    await watch?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#watches.keys()].map((id) => this.end(id)));
  }

  async #hintsOf({ root }: MusicSource) {
    if (!isShareRoot(root)) {
      const none = await whyUnheard(root);
      return none === undefined ? watchFolders(root) : { none };
    }
    const { places } = this.#options;
    try {
      const { address, path } = places.shareAt(root);
      return watchShareFolder({ address, path, credentials: () => places.credentialsOf(root) });
    } catch (error) {
      return { none: error instanceof Error ? error.message : 'it cannot be had' };
    }
  }
}
