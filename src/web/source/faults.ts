import type { EngineFault, EngineFaultKind } from '../engine/port.ts';

/** What a source rejects with. Where it is `retrying`, the same call may be answered later: whoever called asks again. */
export class TrackFault extends Error implements EngineFault {
  readonly kind: EngineFaultKind;
  readonly trackId: string;
  readonly retrying: boolean;

  constructor(kind: EngineFaultKind, trackId: string, options?: ErrorOptions) {
    super(`${trackId}: ${kind}`, options);
    this.name = 'TrackFault';
    this.kind = kind;
    this.retrying = kind === 'offline' || kind === 'preparing';
    this.trackId = trackId;
  }
}

/** Why one request brought nothing. */
export class RequestFailure extends Error {
  /** 0 where no answer came, or it was cut off, or came too late. */
  readonly status: number;
  /** The same request may succeed later. */
  readonly passing: boolean;

  constructor(status: number, passing: boolean, options?: ErrorOptions) {
    super(`request failed with status ${status}`, options);
    this.name = 'RequestFailure';
    this.status = status;
    this.passing = passing;
  }
}

/** Undefined for a status by which the track may still be had. */
export function lastingKind(status: number): EngineFaultKind | undefined {
  if (status === 401 || status === 403) return 'not-allowed';
  return status === 404 || status === 410 ? 'not-found' : undefined;
}
