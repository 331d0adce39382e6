/** How far a projection has followed a catalogue. */
export interface CatalogPosition {
  /** Names the catalogue that `seq` counts in; another one needs a rebuild. */
  readonly catalogId: string;
  readonly seq: number;
}

export interface RebuildOptions {
  /** The position that the first change applied after the rebuild follows. */
  readonly position: CatalogPosition;
  /** Called now and then with the number of items taken so far. */
  readonly onProgress?: (itemCount: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * What a server keeps of the catalogue in a file of its own, so that it answers without the catalogue's database. It holds
 * nothing that is not in the catalogue, and may be lost at any time. An `Item` says how something is now, so that it may be
 * applied again.
 */
export interface Projection<Item> extends AsyncDisposable {
  /**
   * One transaction, with the position: after a crash either all of it is there or nothing. Applying the
   * same items again changes nothing. Throws `catalog-corrupt` where the projection is damaged.
   */
  apply(items: readonly Item[], position: CatalogPosition): void;
  /**
   * Makes a new file beside this one, which goes on answering and following, and puts it in this one's place at
   * the end. A rebuild that was cut short or failed leaves the old one as it was.
   */
  rebuild(all: AsyncIterable<Item>, options: RebuildOptions): Promise<void>;
  /**
   * Makes room for more to be applied, now and then, and waits for the disk meanwhile as `apply` does not: to be awaited after
   * each, before anything else is applied or tidied.
   */
  settle(): Promise<void>;
  /** A few milliseconds of work that makes answers quick again and changes none. True while there is more to do. */
  tidy(): boolean;
  /** Undefined for one that has followed nothing yet, or is damaged. */
  position(): CatalogPosition | undefined;
  /** A damaged one has nothing in it until it is rebuilt. */
  readonly damaged: boolean;
  /** Called when damage is found, while something else is being done; returns the unsubscriber. */
  onDamage(listener: () => void): () => void;
}
