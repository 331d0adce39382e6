import type { MusicSource } from '../../catalog/index.ts';
import type { SourceTree } from './port.ts';

/** Opens each source's tree once, and puts all of them away together. */
export class OpenTrees implements AsyncDisposable {
  readonly #open: (source: MusicSource) => Promise<SourceTree>;
  readonly #trees = new Map<number, Promise<SourceTree>>();

  constructor(open: (source: MusicSource) => Promise<SourceTree>) {
    this.#open = open;
  }

  open(source: MusicSource): Promise<SourceTree> {
    let tree = this.#trees.get(source.id);
    if (!tree) {
      tree = this.#open(source);
      // Whoever asked hears of it.
      tree.catch(() => undefined);
      this.#trees.set(source.id, tree);
    }
    return tree;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opening of this.#trees.values()) {
      const tree = await opening.catch(() => undefined);
      await tree?.[Symbol.asyncDispose]();
    }
  }
}
