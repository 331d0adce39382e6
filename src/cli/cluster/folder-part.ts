import { rename, stat } from 'node:fs/promises';
import type { Part, PartState } from './part.ts';

/** A folder that can be away, as a disk that was pulled out. */
export class FolderPart implements Part {
  readonly kind = 'storage node';
  readonly name: string;
  readonly #path: string;
  #state: PartState = 'gone';

  constructor(name: string, path: string) {
    this.name = name;
    this.#path = path;
  }

  get state(): PartState {
    return this.#state;
  }

  async start(): Promise<void> {
    await rename(this.#away, this.#path).catch(unlessAbsent);
    await this.look();
  }

  /** It stays where it is. */
  async stop(): Promise<void> {
    await this.start();
  }

  async kill(): Promise<void> {
    await rename(this.#path, this.#away).catch(unlessAbsent);
    await this.look();
  }

  async look(): Promise<void> {
    this.#state = await stat(this.#path).then(
      () => 'ready',
      () => 'gone',
    );
  }

  get #away(): string {
    return `${this.#path}.away`;
  }
}

function unlessAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
