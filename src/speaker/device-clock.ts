import type { DeviceReading } from './port.ts';

interface Point {
  readonly heardMs: number;
  readonly offsetMs: number;
}

/** At twenty readings a second, two minutes: what a drift is learnt from. */
const MOST_POINTS = 2_400;
/** Of the newest so many, the one that counts: readings come late by what the machine is busy with, and never early. */
const COUNTED = 60;
const COUNTED_PART = 0.3;
const ENOUGH_POINTS = 6;
/** How far the clock of a sound card is likely to be from the system's, and how far readings stray together. */
const LIKELY_DRIFT = 30e-6;
const WANDER_MS = 2;
const MOST_DRIFT = 600e-6;
/** Readings are in whole milliseconds. */
const LEAST_NOISE_MS = 0.5;
/** So far away from what is known, for so many readings, it is not what it was. */
const MOST_STRAY_MS = 15;
const MOST_STRAYS = 10;

/** When what is handed to a device is heard, by what it tells of that. All its times are of what was handed over. */
export class DeviceClock {
  #points: Point[] = [];
  #strays = 0;
  #atMs = 0;
  #offsetMs = 0;
  #drift = 0;
  #noiseMs = 0;

  get isKnown(): boolean {
    return this.#points.length >= ENOUGH_POINTS;
  }

  /** Milliseconds of `performance.now()` that pass while a millisecond is heard, less 1. */
  get drift(): number {
    return this.#drift;
  }

  get uncertaintyMs(): number {
    return this.isKnown ? Math.max(LEAST_NOISE_MS, this.#noiseMs) : Number.POSITIVE_INFINITY;
  }

  /** When so much will have been heard. */
  localMs(heardMs: number): number {
    return heardMs + this.#offsetMs + this.#drift * (heardMs - this.#atMs);
  }

  add({ nowMs, heardFrames }: DeviceReading, rateHz: number): void {
    const heardMs = (heardFrames / rateHz) * 1000;
    const point = { heardMs, offsetMs: nowMs - heardMs };
    const isStray = this.isKnown && Math.abs(nowMs - this.localMs(heardMs)) > MOST_STRAY_MS;
    this.#strays = isStray ? this.#strays + 1 : 0;
    if (isStray && this.#strays < MOST_STRAYS) return;
    if (isStray) this.reset();
    this.#points = [...this.#points, point].slice(-MOST_POINTS);
    this.#fit();
  }

  /** To be called where it broke off: what follows is heard later than what came before. The drift stays. */
  reset(): void {
    this.#points = [];
    this.#strays = 0;
  }

  #fit(): void {
    if (this.#points.length > COUNTED) this.#drift = this.#driftOf(this.#points);
    const counted = this.#points.slice(-COUNTED);
    this.#atMs = counted.at(-1)?.heardMs ?? 0;
    const offsets = counted
      .map(({ heardMs, offsetMs }) => offsetMs + this.#drift * (this.#atMs - heardMs))
      .sort((one, other) => one - other);
    const place = (part: number) => offsets[Math.floor(part * (offsets.length - 1))] ?? 0;
    this.#offsetMs = place(COUNTED_PART);
    this.#noiseMs = (place(0.6) - place(0)) / 2;
  }

  /** By least squares, drawn towards what was known before while the points say little about it. */
  #driftOf(points: readonly Point[]): number {
    const meanMs = points.reduce((sum, { heardMs }) => sum + heardMs, 0) / points.length;
    const meanOffsetMs = points.reduce((sum, { offsetMs }) => sum + offsetMs, 0) / points.length;
    let [both, spread] = [0, 0];
    for (const { heardMs, offsetMs } of points) {
      both += (heardMs - meanMs) * (offsetMs - meanOffsetMs);
      spread += (heardMs - meanMs) ** 2;
    }
    const drift = both / (spread + (WANDER_MS / LIKELY_DRIFT) ** 2);
    return Math.max(-MOST_DRIFT, Math.min(drift, MOST_DRIFT));
  }
}
