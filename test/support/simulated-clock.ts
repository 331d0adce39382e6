/** Shared time as a device sees it whose own clock, sound card included, is off by so much. It is right at `sinceMs`. */
export interface SimulatedClock {
  readonly ppm: number;
  readonly sinceMs: number;
}

export function sharedTimeOf({ ppm, sinceMs }: SimulatedClock, trueMs: number): number {
  return sinceMs + (trueMs - sinceMs) * (1 + ppm * 1e-6);
}

export function trueTimeOf({ ppm, sinceMs }: SimulatedClock, sharedMs: number): number {
  return sinceMs + (sharedMs - sinceMs) / (1 + ppm * 1e-6);
}
