import type { RepairRun } from '../../http/index.ts';
import { repairVault } from '../operations/vault.ts';
import { runOperation } from '../operations/operation.ts';
import type { LockedApp } from './app.ts';

/** `clef vault repair` as an administrator's page asks for it: one run at a time, in the background. */
export class RepairOnRequest implements AsyncDisposable {
  readonly #app: LockedApp;
  readonly #stopping = new AbortController();
  #run: RepairRun | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(app: LockedApp) {
    this.#app = app;
  }

  /** Undefined while none is running. */
  get run(): RepairRun | undefined {
    return this.#run;
  }

  start(): void {
    if (this.#run || this.#stopping.signal.aborted) return;
    this.#run = { done: 0, total: 0 };
    this.#ended = this.#repair().finally(() => {
      this.#run = undefined;
      this.#app.vaultNews.tell();
    });
  }

  async #repair(): Promise<void> {
    const { signal } = this.#stopping;
    try {
      await runOperation(
        this.#app,
        repairVault,
        {},
        {
          signal,
          onProgress: ({ done, total }) => {
            this.#run = { done, total };
          },
        },
      );
    } catch (error) {
      if (!signal.aborted) this.#app.log.error({ err: error }, 'the vault could not be repaired');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
  }
}
