import { mkdir, rename, stat } from 'node:fs/promises';
import type { Part, PartEnd, PartState } from './part.ts';

/** A folder that can be away, as a disk that was pulled out. */
export class FolderPart implements Part {
  readonly kind = 'storage node';
  readonly name: string;
  readonly serves: string;
  readonly #path: string;
  #state: PartState = 'waiting';

  constructor({
    name,
    serves,
    path,
  }: { readonly name: string; readonly serves: string; readonly path: string }) {
    this.name = name;
    this.serves = serves;
    this.#path = path;
  }

  get state(): PartState {
    return this.#state;
  }

  /** Nothing runs. */
  async clear(): Promise<number> {
    return 0;
  }

  async start(): Promise<void> {
    await this.#comeBack();
    await mkdir(this.#path, { recursive: true, mode: 0o700 });
    await this.look();
  }

  async stop(): Promise<PartEnd> {
    await this.#comeBack();
    return 'stopped';
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

  async #comeBack(): Promise<void> {
    await rename(this.#away, this.#path).catch(unlessAbsent);
  }

  get #away(): string {
    return `${this.#path}.away`;
  }
}

function unlessAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
