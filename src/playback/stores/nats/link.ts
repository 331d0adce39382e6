import {
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream';
import { errors, type NatsConnection } from '@nats-io/transport-node';
import { ClefError, isClefError } from '../../../core/index.ts';
import { connectToNats, type NatsAddress } from '../../../nats/index.ts';
import { ensureStream, type StreamIdentity } from './stream.ts';
import { createSubjects, type Subjects } from './subjects.ts';

export interface LinkOptions {
  readonly address: NatsAddress;
  readonly prefix: string;
  /** How long a start waits for NATS. */
  readonly patienceMs: number;
}

/** Republishing came with it. */
const OLDEST: readonly [number, number] = [2, 9];
/** Of a message; the longest command of a device is half as long. NATS has this by default. */
const LEAST_PAYLOAD_BYTES = 2 ** 20;
const REPLICAS_IN_A_CLUSTER = 3;
const REQUEST_MS = 2_000;
const RETRY_MS = 200;

/** A connection that comes back by itself, for as long as it is not disposed of. */
export class NatsLink implements AsyncDisposable {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly client: JetStreamClient;
  readonly subjects: Subjects;
  readonly stream: StreamIdentity;
  #isConnected = true;
  readonly #wakers = new Set<() => void>();
  readonly #reconnected = new Set<() => void>();

  private constructor(
    connection: NatsConnection,
    manager: JetStreamManager,
    subjects: Subjects,
    stream: StreamIdentity,
  ) {
    this.connection = connection;
    this.manager = manager;
    this.client = jetstream(connection, { timeout: REQUEST_MS });
    this.subjects = subjects;
    this.stream = stream;
    void this.#watch();
    // Whoever waits for a leader hears of it, in place of asking again and again.
    connection.subscribe(`$JS.EVENT.ADVISORY.STREAM.LEADER_ELECTED.${subjects.stream}`, {
      callback: () => this.#wake(),
    });
  }

  static async open({ address, prefix, patienceMs }: LinkOptions): Promise<NatsLink> {
    const subjects = createSubjects(prefix);
    const endMs = performance.now() + patienceMs;
    for (;;) {
      const stack = new AsyncDisposableStack();
      try {
        const connection = await connectToNats(address);
        stack.defer(() => connection.close());
        checkServer(connection);
        const manager = await jetstreamManager(connection, { timeout: REQUEST_MS });
        const replicas = connection.info?.cluster === undefined ? 1 : REPLICAS_IN_A_CLUSTER;
        const stream = await ensureStream(manager, subjects, replicas);
        stack.move();
        return new NatsLink(connection, manager, subjects, stream);
      } catch (error) {
        await stack.disposeAsync();
        const fault = faultOf(error);
        if (!fault.retryable || performance.now() > endMs) throw fault;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Resolves when what failed may work now: a connection is back, or a leader was chosen. */
  woken(): { readonly promise: Promise<void> } & Disposable {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wakers.add(resolve);
    return { promise, [Symbol.dispose]: () => this.#wakers.delete(resolve) };
  }

  onReconnected(listener: () => void): void {
    this.#reconnected.add(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isConnected = false;
    await this.connection.close();
    this.#wake();
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (type === 'disconnect') this.#isConnected = false;
      if (type !== 'reconnect') continue;
      this.#isConnected = true;
      for (const listener of this.#reconnected) listener();
      this.#wake();
    }
  }

  #wake(): void {
    const wakers = [...this.#wakers];
    this.#wakers.clear();
    for (const wake of wakers) wake();
  }
}

function checkServer({ info }: NatsConnection): void {
  const [major = 0, minor = 0] = (info?.version ?? '').split('.').map(Number);
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  if (isOld)
    throw new ClefError('log-unfit', `NATS is ${info?.version}, expected ${OLDEST.join('.')} or later`);
  if ((info?.max_payload ?? 0) < LEAST_PAYLOAD_BYTES)
    throw new ClefError('log-unfit', `max_payload of NATS is under ${LEAST_PAYLOAD_BYTES} bytes`);
}

/** What a start says of it; nothing of the address, in which a password may stand. */
function faultOf(error: unknown): ClefError {
  if (isClefError(error)) return error;
  if (error instanceof errors.AuthorizationError)
    return new ClefError('log-unfit', 'NATS refuses the user, password or token', { cause: error });
  const isOff =
    error instanceof JetStreamApiError && error.code === JetStreamApiCodes.JetStreamNotEnabledForAccount;
  if (isOff || (error instanceof Error && error.name === 'JetStreamNotEnabled'))
    return new ClefError('log-unfit', 'JetStream is not enabled in NATS', { cause: error });
  return new ClefError('log-unreachable', 'NATS, or its JetStream, does not answer', { cause: error });
}
