import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from '../../src/playback/session/index.ts';
import { keyOf, machineMs } from './gateway-messages.ts';
import { GatewayProcess } from './gateway-process.ts';
import { openNatsAt } from './nats-stores.ts';
import { instanceOf } from './random-commands.ts';
import { type Nats, startNats } from './start-nats.ts';
import { waitFor } from './wait-for.ts';

const GATEWAYS = 3;
const STREAM = 'CLEF';

/** What a device was told of a command of its. */
export interface Acknowledged {
  readonly cmdId: string;
  readonly session: number;
  readonly seq: number;
  readonly isApplied: boolean;
  readonly atMs: number;
  readonly tookMs: number;
}

/** How long after it was sent a command was first heard of at another gateway that was there all the while. */
export interface Heard {
  readonly cmdId: string;
  readonly afterMs: number;
  readonly sentMs: number;
  readonly wasTentative: boolean;
}

export interface NatsWorldOptions {
  readonly sessions: number;
  readonly devices: number;
  /** Between the commands of one device, at most. */
  readonly pauseMs: number;
  readonly random: () => number;
}

/** Three NATS servers, three gateways, and devices that send one command after the other through whichever gateway is there. */
export class NatsWorld implements AsyncDisposable {
  readonly nats: Nats;
  readonly gateways: readonly GatewayProcess[];
  readonly acknowledged: Acknowledged[] = [];
  readonly heard: Heard[] = [];
  readonly failures: string[] = [];
  readonly clockIds = new Set<string>();
  readonly #options: NatsWorldOptions;
  /** One command that never comes back would keep its device waiting for ever. */
  readonly #failed = Promise.withResolvers<never>();
  readonly #sent = new Map<string, { readonly atMs: number; readonly heardBy: Set<number> }>();

  private constructor(nats: Nats, options: NatsWorldOptions) {
    this.nats = nats;
    this.#options = options;
    this.#failed.promise.catch(() => undefined);
    const { sessions } = options;
    this.gateways = Array.from(
      { length: GATEWAYS },
      (_, i) =>
        new GatewayProcess(
          i,
          { url: nats.url, sessions },
          {
            onFailure: (message) => this.#fail(message),
            onHeard: ({ cmdId, atMs, isTentative, clockId }, gateway) => {
              this.clockIds.add(clockId);
              const sent = this.#sent.get(cmdId);
              if (!sent || sent.heardBy.has(gateway)) return;
              sent.heardBy.add(gateway);
              const wasThere = (this.gateways[gateway]?.readyMs ?? Number.POSITIVE_INFINITY) < sent.atMs;
              if (wasThere)
                this.heard.push({
                  cmdId,
                  afterMs: atMs - sent.atMs,
                  sentMs: sent.atMs,
                  wasTentative: isTentative,
                });
            },
          },
        ),
    );
  }

  static async open(options: NatsWorldOptions): Promise<NatsWorld> {
    await using stack = new AsyncDisposableStack();
    const world = new NatsWorld(stack.use(await startNats(3)), options);
    stack.defer(async () => {
      await Promise.all(world.gateways.map((gateway) => gateway.kill()));
    });
    await Promise.all(world.gateways.map((gateway) => gateway.start()));
    stack.move();
    return world;
  }

  /** Has every device send its share of so many commands, and waits until all are acknowledged. */
  async sendAll(count: number, firstNumber: number): Promise<void> {
    const { devices } = this.#options;
    const share = Math.ceil(count / devices);
    const all = Promise.all(
      Array.from({ length: devices }, async (_, device) => {
        for (let i = 0; i < share; i++) await this.#send(device, firstNumber + i);
      }),
    );
    await Promise.race([all, this.#failed.promise]);
  }

  async killGateway(index: number): Promise<void> {
    await this.gateways[index]?.kill();
    await delay(this.#options.random() * 1_000);
    await this.gateways[index]?.start();
  }

  async killNode(index: number): Promise<void> {
    const node = this.nats.nodes[index];
    await node?.stop('SIGKILL');
    await delay(this.#options.random() * 2_000);
    await node?.start();
  }

  leader(): Promise<number> {
    return waitFor('a leader of the stream', async () => {
      const leader = await this.nats.leaderOf(STREAM);
      const index = leader ? this.nats.nodes.indexOf(leader) : -1;
      return index < 0 ? undefined : index;
    });
  }

  /** What each gateway has of each session, and one that begins now; once all have come to the last record. */
  async states(): Promise<Awaited<ReturnType<GatewayProcess['look']>>[]> {
    const lastSeqs = new Map<number, number>();
    for (const { session, seq } of this.acknowledged)
      lastSeqs.set(session, Math.max(seq, lastSeqs.get(session) ?? 0));
    const { sessions } = this.#options;
    const newcomer = new GatewayProcess(
      GATEWAYS,
      { url: this.nats.url, sessions },
      { onHeard: () => undefined, onFailure: (message) => this.#fail(message) },
    );
    await newcomer.start();
    const all = [...this.gateways, newcomer];
    const states = await Promise.all(
      all.map((gateway, i) =>
        waitFor(`gateway ${i} to have come to the end`, async () => {
          const seen = await gateway.look();
          return seen.every(({ seq }, session) => seq >= (lastSeqs.get(session) ?? 0)) ? seen : undefined;
        }),
      ),
    );
    await newcomer.kill();
    return states;
  }

  /** How often each command lies in the log, by what is still in it. */
  async copiesInLog(): Promise<number> {
    await using stores = await openNatsAt(this.nats.url);
    let copies = 0;
    for (let session = 0; session < this.#options.sessions; session++) {
      const seen = new Set<string>();
      using following = stores.log.follow(keyOf(session), 0, ({ command: { cmdId } }) => {
        if (seen.has(cmdId)) copies++;
        seen.add(cmdId);
      });
      await following.caughtUp;
    }
    return copies;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.gateways.map((gateway) => gateway.kill()));
    await this.nats[Symbol.asyncDispose]();
  }

  /** What is only unreachable is tried again; anything else ends the proof. */
  #fail(message: string): void {
    this.failures.push(message);
    if (!message.includes('not written')) this.#failed.reject(new Error(message));
  }

  async #send(device: number, number: number): Promise<void> {
    const { sessions, pauseMs, random } = this.#options;
    await delay(random() * pauseMs);
    const session = device % sessions;
    const items = [{ trackId: 'tr-1', durationMs: 200_000 }];
    const command: Command = {
      cmdId: `${instanceOf(device)}.${number}`,
      action: { type: 'queue.insert', items, after: 'end' },
    };
    const { cmdId } = command;
    for (let turn = device; ; turn++) {
      const index = turn % GATEWAYS;
      const gateway = this.gateways[index];
      if (!gateway || gateway.readyMs === Number.POSITIVE_INFINITY) {
        await delay(20);
        continue;
      }
      // One that has to be sent again was heard of before.
      if (!this.#sent.has(cmdId)) this.#sent.set(cmdId, { atMs: machineMs(), heardBy: new Set([index]) });
      const sent = await gateway.send(session, command).catch(() => undefined);
      if (!sent) continue;
      const { seq, outcome, tookMs } = sent;
      const isApplied = outcome.kind === 'applied';
      this.acknowledged.push({ cmdId, session, seq, isApplied, atMs: machineMs(), tookMs });
      return;
    }
  }
}
