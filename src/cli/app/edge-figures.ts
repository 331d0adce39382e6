import { rename, writeFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { WatchEvent } from '../../edge/index.ts';
import { metricsText } from '../../http/index.ts';

/** Whoever reads the file sees by its age whether it is still written. */
const WRITE_EVERY_MS = 10_000;

export interface EdgeFiguresOptions {
  /** For the textfile collector of Prometheus's node_exporter, which wants a name that ends in `.prom`. */
  readonly file: string;
  readonly log: Logger;
}

/** Keeps a file of what became of an edge, whole at any moment. */
export class EdgeFigures implements AsyncDisposable {
  readonly #options: EdgeFiguresOptions;
  readonly #timer: NodeJS.Timeout;
  /** Undefined until it is known: an NGINX that runs may lead to any. */
  #servers: number | undefined;
  #applied = 0;
  #refusals = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: EdgeFiguresOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#write(), WRITE_EVERY_MS);
    this.#write();
  }

  note(event: WatchEvent): void {
    if (event.kind === 'applied') {
      this.#servers = event.servers.length;
      this.#applied++;
    } else if (event.kind === 'failed') {
      this.#refusals++;
    } else {
      return;
    }
    this.#write();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
  }

  /** One after the other, each with what is known by then. */
  #write(): void {
    this.#writing = this.#writing.then(() => this.#writeOnce());
  }

  /** Never rejects. */
  async #writeOnce(): Promise<void> {
    const { file, log } = this.#options;
    try {
      await writeFile(`${file}.new`, this.#text());
      await rename(`${file}.new`, file);
    } catch (error) {
      log.warn({ err: error }, 'figures of the edge could not be written');
    }
  }

  #text(): string {
    return metricsText([
      ...(this.#servers === undefined
        ? []
        : [
            {
              name: 'clef_edge_servers',
              help: 'Servers that the edge leads to.',
              kind: 'gauge' as const,
              value: this.#servers,
            },
          ]),
      {
        name: 'clef_edge_applied_total',
        help: 'Configurations that were taken up.',
        kind: 'counter',
        value: this.#applied,
      },
      {
        name: 'clef_edge_refusals_total',
        help: 'Configurations that were not; each is tried again.',
        kind: 'counter',
        value: this.#refusals,
      },
    ]);
  }
}
