import { setTimeout as delay } from 'node:timers/promises';
import { type UserId, wireId } from '../../src/core/index.ts';
import { generateKey } from '../../src/crypto/index.ts';
import { createSessionTickets, publicTicketKey } from '../../src/http/playback/index.ts';
import type { Command, ServerMessage, SessionKey } from '../../src/playback/session/index.ts';
import { GatewayProcess } from './gateway-process.ts';
import { type Judged, MovingDevice, type MovingDeviceOptions } from './moving-device.ts';
import { openNatsAt } from './nats-stores.ts';
import { instanceOf } from './random-commands.ts';
import { newInstanceId, SessionDevice } from './session-device.ts';
import { hashOf } from './session-model.ts';
import { type Nats, startNats } from './start-nats.ts';
import { waitFor } from './wait-for.ts';

const GATEWAYS = 3;
const LIBRARY = '0123456789abcdef'.repeat(2);
const PREFIX = `clef-${LIBRARY}`;

/** What a device was told of a command of its. */
export interface Acknowledged extends Judged {
  readonly cmdId: string;
  readonly session: number;
}

/** How long after it was sent a command was first heard of at another gateway, by a device that was there all the while. */
export interface Heard {
  readonly cmdId: string;
  readonly afterMs: number;
  readonly wasTentative: boolean;
}

/** A session as a device sees it that has just come to a gateway. */
export interface Seen {
  readonly hash: string;
  readonly itemIds: readonly string[];
}

export interface NatsWorldOptions {
  readonly sessions: number;
  readonly devices: number;
  /** Between the commands of one device, at most. */
  readonly pauseMs: number;
  readonly random: () => number;
}

/**
 * Three NATS servers, three processes of `clef gateway`, and devices with sockets that send one command after the other
 * through whichever gateway is there. Each session is an account's; its tickets are made here, as a server would.
 */
export class NatsWorld implements AsyncDisposable {
  readonly nats: Nats;
  readonly gateways: GatewayProcess[] = [];
  readonly acknowledged: Acknowledged[] = [];
  readonly heard: Heard[] = [];
  readonly clockIds = new Set<string>();
  readonly #options: NatsWorldOptions;
  readonly #ticketKey = generateKey();
  readonly #tickets = createSessionTickets({ key: () => Promise.resolve(this.#ticketKey), now: Date.now });
  readonly #sent = new Map<string, { readonly atMs: number; readonly heardBy: Set<number> }>();
  #devices: readonly MovingDevice[] = [];
  /** One of each session at each gateway, which only hear. */
  #listeners: readonly MovingDevice[] = [];

  private constructor(nats: Nats, options: NatsWorldOptions) {
    this.nats = nats;
    this.#options = options;
  }

  static async open(options: NatsWorldOptions): Promise<NatsWorld> {
    await using stack = new AsyncDisposableStack();
    const nats = stack.use(await startNats(3));
    const world = stack.use(new NatsWorld(nats, options));
    for (let i = 0; i < GATEWAYS; i++) world.gateways.push(await world.#newGateway());
    const { devices, sessions } = options;
    world.#devices = Array.from({ length: devices }, (_, index) =>
      world.#newDevice({ instanceId: instanceOf(index), first: index, session: index % sessions }),
    );
    world.#listeners = Array.from({ length: sessions * GATEWAYS }, (_, index) =>
      world.#newDevice({
        instanceId: newInstanceId(),
        first: index % GATEWAYS,
        waits: true,
        session: Math.floor(index / GATEWAYS),
      }),
    );
    await Promise.all([...world.#devices, ...world.#listeners].map((device) => device.connect()));
    // What ends a listener ends whoever sends as well, and is reported there.
    for (const listener of world.#listeners) listener.stay().catch(() => undefined);
    stack.move();
    return world;
  }

  /** Has every device send its share of so many commands, and waits until all are acknowledged. */
  async sendAll(count: number, firstNumber: number): Promise<void> {
    const share = Math.ceil(count / this.#devices.length);
    await Promise.all(
      this.#devices.map(async (device, index) => {
        for (let i = 0; i < share; i++) await this.#send(device, index, firstNumber + i);
      }),
    );
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
      const leader = await this.nats.leaderOf(PREFIX.toUpperCase());
      const index = leader ? this.nats.nodes.indexOf(leader) : -1;
      return index < 0 ? undefined : index;
    });
  }

  /** What whoever comes to each gateway sees of each session, and to one that begins now. */
  async states(): Promise<readonly (readonly Seen[])[]> {
    const newcomer = await this.#newGateway();
    const all = [...this.gateways, newcomer];
    const states: Seen[][] = [];
    for (const gateway of all) {
      const seen: Seen[] = [];
      for (let session = 0; session < this.#options.sessions; session++)
        seen.push(await this.#look(gateway, session));
      states.push(seen);
    }
    await newcomer.kill();
    return states;
  }

  /** How often each command lies in the log, by what is still in it. */
  async copiesInLog(): Promise<number> {
    await using stores = await openNatsAt(this.nats.url, { prefix: PREFIX });
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
    for (const device of [...this.#devices, ...this.#listeners]) device.close();
    await Promise.all(this.gateways.map((gateway) => gateway.kill()));
    await this.nats[Symbol.asyncDispose]();
  }

  #newGateway(): Promise<GatewayProcess> {
    return GatewayProcess.start({
      nats: this.nats.url,
      key: `${LIBRARY}.${publicTicketKey(this.#ticketKey)}`,
    });
  }

  #newDevice({
    session,
    ...who
  }: Pick<MovingDeviceOptions, 'instanceId' | 'first' | 'waits'> & {
    readonly session: number;
  }): MovingDevice {
    return new MovingDevice({
      ...who,
      gateways: this.gateways,
      ticket: () => this.#ticket(session),
      onMessage: (message, device) => this.#hear(message, device),
    });
  }

  async #ticket(session: number): Promise<string> {
    return (await this.#tickets.issue({ account: accountOf(session), session: 'proof' })).ticket;
  }

  async #look(gateway: GatewayProcess, session: number): Promise<Seen> {
    const { baseUrl } = gateway;
    const lastSeq = Math.max(
      0,
      ...this.acknowledged.filter((one) => one.session === session).map(({ seq }) => seq),
    );
    await using device = await SessionDevice.join({ baseUrl, ticket: await this.#ticket(session) });
    const state = await waitFor(`session ${session} to have come to its end`, async () =>
      (device.state?.seq ?? 0) >= lastSeq ? device.state : undefined,
    );
    return { hash: hashOf(state), itemIds: state.queue.items.map(({ itemId }) => itemId) };
  }

  async #send(device: MovingDevice, index: number, number: number): Promise<void> {
    const { sessions, pauseMs, random } = this.#options;
    await delay(random() * pauseMs);
    const cmdId = `${instanceOf(index)}.${number}`;
    const items = [{ trackId: 'tr-1', durationMs: 200_000 }];
    const judged = await device.send({ cmdId, action: { type: 'queue.insert', items, after: 'end' } }, () => {
      // One that has to be sent again was heard of before.
      if (!this.#sent.has(cmdId))
        this.#sent.set(cmdId, { atMs: performance.now(), heardBy: new Set([device.gateway]) });
    });
    this.acknowledged.push({ cmdId, session: index % sessions, ...judged });
  }

  #hear(message: ServerMessage, device: MovingDevice): void {
    if (message.type === 'welcome') this.clockIds.add(message.clockId);
    if (message.type === 'tentative') this.#note(message.entry.command.cmdId, device, true);
    // A whole queue is that of a device which has just come.
    if (message.type !== 'state' || message.queue?.from === undefined) return;
    for (const { itemId } of message.queue.items) this.#note(itemId.replace(/-0$/, ''), device, false);
  }

  #note(cmdId: Command['cmdId'], device: MovingDevice, wasTentative: boolean): void {
    const sent = this.#sent.get(cmdId);
    if (!sent || sent.heardBy.has(device.gateway)) return;
    sent.heardBy.add(device.gateway);
    if (device.sinceMs < sent.atMs)
      this.heard.push({ cmdId, afterMs: performance.now() - sent.atMs, wasTentative });
  }
}

function accountOf(session: number): UserId {
  return (session + 1) as UserId;
}

function keyOf(session: number): SessionKey {
  return { userId: wireId('us', accountOf(session)), sessionId: 'main' };
}
