import { setImmediate } from 'node:timers/promises';
import type { DeviceElsewhere, ServerMessage } from '../../playback/session/index.ts';
import { atMostEvery } from '../at-most.ts';
import type { Connection } from './connection.ts';
import type { GatewayLimits } from './limits.ts';

/** How an output fares changes all the time; who is where seldom. */
const REPORTS_MS = 2_000;
/** Devices that a list names; the newest. */
const MOST_LISTED = 128;
/** Devices that get the list in one turn of the event loop. */
const TOLD_AT_ONCE = 64;
/** Devices that other gateways are told of; the newest. */
const MOST_TOLD = 1_024;

export interface AccountDevicesOptions {
  readonly limits: GatewayLimits;
  /** Those at other gateways. */
  readonly elsewhere: () => readonly DeviceElsewhere[];
  /** Tells other gateways of those here. */
  readonly tellOthers: (devices: readonly DeviceElsewhere[]) => void;
}

/** The devices of one account that are there now; each is told who the others are. */
export class AccountDevices implements Disposable {
  readonly #options: AccountDevicesOptions;
  readonly #connections = new Map<string, Connection>();
  readonly #news: ReturnType<typeof atMostEvery>;
  readonly #reports: ReturnType<typeof atMostEvery>;
  readonly #newsForOthers: ReturnType<typeof atMostEvery>;
  /** As it was written last, for all who are told of it. */
  #presence: Buffer | undefined;

  constructor(options: AccountDevicesOptions) {
    this.#options = options;
    this.#news = atMostEvery(options.limits.presenceMs, () => void this.#tell());
    this.#reports = atMostEvery(REPORTS_MS, () => this.#news.ask());
    this.#newsForOthers = atMostEvery(options.limits.presenceMs, () => this.tellOthers());
  }

  get connections(): readonly Connection[] {
    return [...this.#connections.values()];
  }

  get isEmpty(): boolean {
    return this.#connections.size === 0;
  }

  /** An instance has one socket, the newest; beyond the bound the oldest device goes. */
  add(connection: Connection): void {
    const { instanceId } = connection;
    this.#connections.get(instanceId)?.close('replaced');
    this.#connections.delete(instanceId);
    this.#connections.set(instanceId, connection);
    const [oldest] = this.#connections.values();
    if (oldest && this.#connections.size > this.#options.limits.mostSocketsAnAccount) {
      this.#connections.delete(oldest.instanceId);
      oldest.close('too-many-devices');
    }
    this.changed('place');
  }

  /** Does nothing for one that was replaced. */
  remove(connection: Connection): void {
    if (this.#connections.get(connection.instanceId) !== connection) return;
    this.#connections.delete(connection.instanceId);
    this.changed('place');
  }

  changed(what: 'place' | 'report'): void {
    if (what === 'report') this.#reports.ask();
    else {
      this.#news.ask();
      this.#newsForOthers.ask();
    }
  }

  /** Other gateways have said whom they have. A device that has come to one of them since is no more here. */
  othersChanged(): void {
    for (const { device, sinceMs } of this.#options.elsewhere()) {
      const here = this.#connections.get(device.instanceId);
      if (here && here.sinceMs < sinceMs) here.close('replaced');
    }
    this.#news.ask();
  }

  tellOthers(): void {
    const newest = this.connections.slice(-MOST_TOLD);
    this.#options.tellOthers(
      newest.map(({ present, sinceMs, heardMs }) => ({ device: present, sinceMs, heardMs })),
    );
  }

  /** As they were told last: who comes or catches up now is told of what has changed since with the others. */
  presence(): Buffer {
    this.#presence ??= this.#written();
    return this.#presence;
  }

  [Symbol.dispose](): void {
    this.#news.stop();
    this.#reports.stop();
    this.#newsForOthers.stop();
    this.#presence = undefined;
  }

  #written(): Buffer {
    const here = this.connections.map(({ present }) => present);
    const elsewhere = this.#options
      .elsewhere()
      .filter(({ device }) => !this.#connections.has(device.instanceId))
      .map(({ device }) => device);
    const devices = [...elsewhere, ...here].slice(-MOST_LISTED);
    return Buffer.from(JSON.stringify({ type: 'presence', devices } satisfies ServerMessage));
  }

  /** Some at a time: of a thousand devices none waits for a command until all have the list. */
  async #tell(): Promise<void> {
    const list = this.#written();
    this.#presence = list;
    for (const [index, connection] of this.connections.entries()) {
      if (index > 0 && index % TOLD_AT_ONCE === 0) await setImmediate();
      // A newer one is on its way to everybody.
      if (this.#presence !== list) return;
      connection.tellPresence();
    }
  }
}
