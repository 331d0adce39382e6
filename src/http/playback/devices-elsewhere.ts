import type { DeviceElsewhere, DevicesTold, SessionKey } from '../../playback/session/index.ts';

interface Told {
  readonly devices: readonly DeviceElsewhere[];
  readonly atMs: number;
}

/** Pairs of an account and a gateway; what is told beyond is not remembered. */
const MOST_TOLD = 65_536;

/** What other gateways told of their devices. Who says nothing any more is gone, as is whom they had. */
export class DevicesElsewhere {
  /** By account, and by the gateway that has them. */
  readonly #accounts = new Map<string, Map<string, Told>>();
  #count = 0;

  hear({ gatewayId, userId, devices }: DevicesTold, nowMs: number): void {
    const gateways = this.#accounts.get(userId) ?? new Map<string, Told>();
    if (gateways.delete(gatewayId)) this.#count--;
    if (devices.length > 0 && this.#count < MOST_TOLD) {
      gateways.set(gatewayId, { devices, atMs: nowMs });
      this.#count++;
    }
    if (gateways.size > 0) this.#accounts.set(userId, gateways);
    else this.#accounts.delete(userId);
  }

  of(userId: string): readonly DeviceElsewhere[] {
    return [...(this.#accounts.get(userId)?.values() ?? [])].flatMap(({ devices }) => devices);
  }

  /** Log time; undefined for a device that nobody has. */
  heardMs(userId: string, instanceId: string): number | undefined {
    const known = this.of(userId).filter(({ device }) => device.instanceId === instanceId);
    return known.length === 0 ? undefined : Math.max(...known.map(({ heardMs }) => heardMs));
  }

  isWatched({ userId, sessionId }: SessionKey): boolean {
    return this.of(userId).some(({ device }) => device.sessionId === sessionId);
  }

  /** Forgets what was not told for so long; answers whose devices that were. */
  expire(nowMs: number, leaseMs: number): readonly string[] {
    const changed: string[] = [];
    for (const [userId, gateways] of this.#accounts)
      for (const [gatewayId, { atMs }] of gateways) {
        if (nowMs - atMs <= leaseMs) continue;
        this.hear({ gatewayId, userId, devices: [] }, nowMs);
        changed.push(userId);
      }
    return changed;
  }
}
