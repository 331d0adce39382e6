import { setTimeout as delay } from 'node:timers/promises';
import { ticketFor } from '../../test/support/signed-in.ts';
import { FanoutDevice } from './fanout-device.ts';
import { type FanoutJob, type FanoutReport, MAX_REPORTED_FAILURES, type Spread } from './load-job.ts';
import { quantile } from './measure.ts';

const JOINING_AT_ONCE = 64;
const BEAT_MS = 5_000;
/** Parts of all devices that beat in turn: a server hears them spread over time. */
const BEAT_PARTS = 100;
const WARM_UP_COMMANDS = 50;
/** For what is still on its way. */
const PATIENCE_MS = 30_000;
const LOOK_MS = 10;
const TRACK_MS = 3_600_000;
const ITEMS = 20;
const ADDRESSES = 4;

interface Sent {
  readonly session: Session;
  readonly sentMs: number;
  readonly isMeasured: boolean;
  readonly heardMs: Map<FanoutDevice, number>;
  seq?: number;
}

interface Session {
  readonly devices: FanoutDevice[];
  readonly sent: Sent[];
  /** Whose turn it is. */
  turn: number;
}

/** A state that several records led to says which sequence it has, and no command. */
interface Leap {
  readonly seq: number;
  readonly atMs: number;
}

/** Joins all devices, has them send, and waits until every one of them has heard of everything. */
export async function loadDevices(job: FanoutJob): Promise<FanoutReport> {
  const load = new FanoutLoad(job);
  await load.join();
  const beating = load.beat();
  await load.prepare();
  await load.sendInTurn(WARM_UP_COMMANDS, false);
  const inTurn = await load.sendInTurn(job.commands, true);
  const atOnce = job.atOnce ? await load.sendAtOnce() : undefined;
  clearInterval(beating);
  const report = load.report(inTurn, atOnce);
  await load.leave();
  return report;
}

class FanoutLoad {
  readonly #job: FanoutJob;
  readonly #sessions: readonly Session[];
  readonly #sent = new Map<string, Sent>();
  readonly #leaps = new Map<FanoutDevice, Leap[]>();
  readonly #messageBytes: number[] = [];
  readonly #failures: string[] = [];
  #acknowledged = 0;
  #refused = 0;
  #doubled = 0;
  #count = 0;

  constructor(job: FanoutJob) {
    this.#job = job;
    this.#sessions = job.cookies.map(() => ({ devices: [], sent: [], turn: 0 }));
  }

  async join(): Promise<void> {
    const { cookies, hasTickets, devicesASession, port } = this.#job;
    const all = cookies.length * devicesASession;
    let next = 0;
    const joinSome = async (): Promise<void> => {
      while (next < all) {
        const index = next++;
        const session = this.#sessions[Math.floor(index / devicesASession)];
        const cookie = cookies[Math.floor(index / devicesASession)] ?? '';
        const device = await FanoutDevice.join({
          port,
          ticket: hasTickets ? await ticketFor(`http://127.0.0.1:${port}`, cookie) : cookie,
          localAddress: addressOf(index),
          onState: (heardBy, state) => this.#hearState(heardBy, state),
          onOutcome: (outcome) => this.#hearOutcome(outcome),
          onEnd: (reason) => this.#failures.push(reason),
        });
        session?.devices.push(device);
      }
    };
    await Promise.all(Array.from({ length: Math.min(all, JOINING_AT_ONCE) }, joinSome));
  }

  beat(): NodeJS.Timeout {
    const { devicesASession } = this.#job;
    const devices = this.#devices;
    let part = 0;
    return setInterval(() => {
      part = (part + 1) % BEAT_PARTS;
      for (let at = part; at < devices.length; at += BEAT_PARTS) {
        // The first device of a session is its output, and says how it sounds.
        devices[at]?.beat(at % devicesASession === 0 ? { errorMs: 0.4, bufferedMs: 9_000 } : undefined);
      }
    }, BEAT_MS / BEAT_PARTS);
  }

  /** A queue and one output in every session: one that plays. */
  async prepare(): Promise<void> {
    const items = Array.from({ length: ITEMS }, (_, i) => ({ trackId: `tr-${i}`, durationMs: TRACK_MS }));
    for (const session of this.#sessions) {
      const outputId = session.devices[0]?.instanceId;
      const output = {
        outputId,
        name: 'Device',
        kind: 'page',
        volume: 1,
        muted: false,
        delayMs: 0,
        leadMs: 100,
      };
      this.#send(session, { type: 'output.add', output }, { isMeasured: false, by: 0 });
      const queue = { type: 'queue.replace', items, startIndex: 0, positionMs: 0, play: true };
      this.#send(session, queue, { isMeasured: false, by: 0 });
    }
    await this.#settled();
  }

  async sendInTurn(count: number, isMeasured: boolean): Promise<readonly Sent[]> {
    const { perSecond } = this.#job;
    const all: Sent[] = [];
    const startMs = performance.now();
    for (let i = 0; i < count; i++) {
      await delay(Math.max(0, startMs + (i * 1_000) / perSecond - performance.now()));
      const session = this.#sessions[this.#count % this.#sessions.length];
      if (session) all.push(this.#seek(session, isMeasured));
    }
    await this.#settled();
    return all;
  }

  async sendAtOnce(): Promise<readonly Sent[]> {
    const all = this.#sessions.map((session) => this.#seek(session, false));
    await this.#settled();
    return all;
  }

  report(inTurn: readonly Sent[], atOnce: readonly Sent[] | undefined): FanoutReport {
    const everything = [...this.#sent.values()];
    const expected = everything.reduce((sum, { session }) => sum + session.devices.length, 0);
    const heard = everything.reduce((sum, { heardMs }) => sum + heardMs.size, 0);
    return {
      devices: this.#devices.length,
      heard: spreadOf(inTurn.flatMap(waitsOf)),
      heardByAll: spreadOf(inTurn.map((sent) => Math.max(...waitsOf(sent)))),
      ...(atOnce && { atOnce: spreadOf(atOnce.map((sent) => Math.max(...waitsOf(sent)))) }),
      commands: everything.length,
      acknowledged: this.#acknowledged,
      refused: this.#refused,
      lost: expected - heard,
      doubled: this.#doubled,
      behind: this.#sessions.flatMap(({ devices }) => {
        const lastSeq = Math.max(...devices.map(({ seq }) => seq));
        return devices.filter(({ seq }) => seq !== lastSeq);
      }).length,
      messageBytes: quantile(this.#messageBytes, 0.5),
      failures: this.#failures.slice(0, MAX_REPORTED_FAILURES),
    };
  }

  async leave(): Promise<void> {
    // Outputs that just vanished would be missed in the next run.
    for (const session of this.#sessions) {
      const outputId = session.devices[0]?.instanceId;
      this.#send(session, { type: 'output.remove', outputId }, { isMeasured: false, by: 0 });
    }
    await this.#settled();
    await Promise.all(this.#devices.map((device) => device.leave()));
  }

  get #devices(): readonly FanoutDevice[] {
    return this.#sessions.flatMap(({ devices }) => devices);
  }

  #seek(session: Session, isMeasured: boolean): Sent {
    const by = session.turn++ % session.devices.length;
    return this.#send(session, { type: 'seek', positionMs: ++this.#count }, { isMeasured, by });
  }

  #send(session: Session, action: object, { isMeasured, by }: { isMeasured: boolean; by: number }): Sent {
    const sent: Sent = { session, sentMs: performance.now(), isMeasured, heardMs: new Map() };
    const cmdId = session.devices[by]?.send(action);
    if (cmdId === undefined) throw new Error('a session has no devices');
    this.#sent.set(cmdId, sent);
    session.sent.push(sent);
    return sent;
  }

  #hearState(
    device: FanoutDevice,
    { seq, cmdId, bytes }: { seq: number; cmdId?: string; bytes: number },
  ): void {
    const atMs = performance.now();
    if (seq <= device.seq) this.#doubled++;
    const sent = cmdId === undefined ? undefined : this.#sent.get(cmdId);
    if (!sent) {
      if (device.seq < 0) return;
      const leaps = this.#leaps.get(device) ?? [];
      this.#leaps.set(device, leaps);
      leaps.push({ seq, atMs });
      return;
    }
    if (sent.heardMs.has(device)) this.#doubled++;
    else sent.heardMs.set(device, atMs);
    if (sent.isMeasured) this.#messageBytes.push(bytes);
  }

  #hearOutcome({ cmdId, seq, isRefused }: { cmdId: string; seq: number; isRefused: boolean }): void {
    this.#acknowledged++;
    if (isRefused) this.#refused++;
    const sent = this.#sent.get(cmdId);
    if (sent) sent.seq = seq;
  }

  /** Resolves when every device has heard of every command, or too much time has passed. */
  async #settled(): Promise<void> {
    const deadlineMs = performance.now() + PATIENCE_MS;
    while (performance.now() < deadlineMs) {
      this.#takeLeaps();
      const areHeard = this.#sessions.every((session) => unheardOf(session).length === 0);
      // Who sent a command may hear last that the log has it. Bare servers have none, and say nothing.
      if (areHeard && (this.#acknowledged === 0 || this.#acknowledged === this.#sent.size)) return;
      await delay(LOOK_MS);
    }
  }

  /** What a leap has in it was heard then. */
  #takeLeaps(): void {
    for (const session of this.#sessions)
      for (const { seq = Number.POSITIVE_INFINITY, heardMs } of unheardOf(session))
        for (const device of session.devices) {
          const leaps = heardMs.has(device) ? undefined : this.#leaps.get(device);
          const leap = leaps?.find((one) => one.seq >= seq);
          if (leap) heardMs.set(device, leap.atMs);
        }
  }
}

/** Commands that a device has not heard of yet. */
function unheardOf({ devices, sent }: Session): readonly Sent[] {
  return sent.filter(({ heardMs }) => heardMs.size < devices.length);
}

function waitsOf({ sentMs, heardMs }: Sent): number[] {
  return Array.from(heardMs.values(), (atMs) => atMs - sentMs);
}

function spreadOf(waitsMs: readonly number[]): Spread {
  return {
    p50Ms: quantile(waitsMs, 0.5),
    p99Ms: quantile(waitsMs, 0.99),
    maxMs: quantile(waitsMs, 1),
  };
}

function addressOf(index: number): string {
  return `127.0.0.${2 + (index % ADDRESSES)}`;
}
