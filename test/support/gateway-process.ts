import { freePort } from './clef-process.ts';
import { type RunningGateway, startGateway } from './start-gateway.ts';

/** What a gateway logs where it will take no command any more. */
const AT_AN_END = 'playback sessions cannot go on';
const NOT_SAVED = 'was not saved';

export interface GatewayProcessOptions {
  readonly nats: string;
  readonly key: string;
}

/** `clef gateway` at one address, killed and started again. */
export class GatewayProcess {
  readonly baseUrl: string;
  readonly #options: GatewayProcessOptions & { readonly port: number };
  #running: RunningGateway | undefined;
  #notSaved = 0;

  private constructor(options: GatewayProcessOptions & { readonly port: number }) {
    this.#options = options;
    this.baseUrl = `http://127.0.0.1:${options.port}`;
  }

  static async start(options: GatewayProcessOptions): Promise<GatewayProcess> {
    const gateway = new GatewayProcess({ ...options, port: await freePort() });
    await gateway.start();
    return gateway;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** States that it could not save, which is tried again later. */
  get notSaved(): number {
    return this.#notSaved + countOf(this.#running?.log() ?? '');
  }

  get isAtAnEnd(): boolean {
    return this.#running?.log().includes(AT_AN_END) ?? false;
  }

  async start(): Promise<void> {
    this.#running = await startGateway(this.#options);
  }

  async kill(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.stop('SIGKILL');
    this.#notSaved += countOf(running?.log() ?? '');
  }
}

function countOf(log: string): number {
  return log.split(NOT_SAVED).length - 1;
}
