import type { UserId } from '../core/index.ts';
import type { AuditRecord } from './audit.ts';

/** EC P-256, RFC 7518 section 6.2.1. */
export interface DevicePublicKey {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
}

/** A browser or program of a listener, which track keys can be sealed to. */
export interface StoredDevice {
  readonly userId: UserId;
  /** Its key's thumbprint: RFC 7638, SHA-256, base64url. */
  readonly id: string;
  readonly name: string;
  readonly publicKey: DevicePublicKey;
  readonly createdAtMs: number;
  /** Coarse: written at most once an hour, and lost with the process. */
  readonly lastUsedAtMs?: number;
}

export interface DeviceUse {
  readonly userId: UserId;
  readonly id: string;
  readonly lastUsedAtMs: number;
}

/** Devices of accounts; in the library log. */
export interface DeviceStore {
  /**
   * `not-found` on an unknown account; `not-allowed` where the account has `atMost` devices, or this key was
   * revoked: it never comes back. One that is there already stays as it is, and false is answered.
   */
  insertDevice(device: StoredDevice, atMost: number, audit: AuditRecord): Promise<boolean>;
  /** Those in force, oldest first. */
  devicesOf(user: UserId): Promise<readonly StoredDevice[]>;
  /** For good. False where none is in force, and then nothing is written to the trail. */
  revokeDevice(user: UserId, id: string, audit: AuditRecord): Promise<boolean>;
  /** Never lowers a time; unknown devices are passed over. */
  recordDeviceUses(uses: readonly DeviceUse[]): Promise<void>;
}

/** What a store says to a device beyond the bound. */
export function tooManyDevicesMessage(atMost: number): string {
  return `an account has at most ${atMost} devices; revoke one first`;
}

export const REVOKED_DEVICE = 'this key was revoked and stays so; the device needs another';
