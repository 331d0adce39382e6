import { ClockEstimate, type PlaybackState } from '../../../src/playback/session/index.ts';
import type { Engine } from '../../../src/web/engine/index.ts';
import { paceOf } from '../../../src/web/session/pace.ts';
import type { SimulatedClock } from '../simulated-clock.ts';
import { sharedTimeOf } from '../simulated-clock.ts';

/** As the player's link to the server asks. */
const FIRST_PROBES = 8;
const PROBE_EVERY_MS = 10_000;
const PACE_EVERY_MS = 1_000;

/** A page as an output of a session: it asks the test's server for the time, and is told the session's states by the test. */
export class PacedPage {
  readonly #engine: () => Engine;
  #clock = new ClockEstimate();
  #simulated: SimulatedClock = { ppm: 0, sinceMs: 0 };
  #state: PlaybackState | undefined;
  #delayMs = 0;
  #timers: ReturnType<typeof setInterval>[] = [];

  constructor(engine: () => Engine) {
    this.#engine = engine;
  }

  /** Knows the time from then on. To this page, shared time goes as the simulated clock does. */
  async join(simulated: SimulatedClock, delayMs = 0): Promise<void> {
    this.leave();
    this.#clock = new ClockEstimate();
    this.#simulated = simulated;
    this.#delayMs = delayMs;
    for (let i = 0; i < FIRST_PROBES; i++) await this.#probe();
    this.#timers = [
      setInterval(() => void this.#probe().then(() => this.#tell()), PROBE_EVERY_MS),
      setInterval(() => this.#tell(), PACE_EVERY_MS),
    ];
  }

  leave(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#state = undefined;
  }

  /** The items of the state are in the engine's queue already. */
  follow(state: PlaybackState): void {
    this.#state = state;
    this.#tell();
  }

  /** What this page believes, and what is so: the server is on this machine, and its clock is this page's but for an offset. */
  report() {
    const nowMs = performance.now();
    return {
      ...this.#engine().paceError?.(),
      driftPpm: this.#clock.driftPpm,
      sharedMs: this.#clock.serverMs(nowMs),
      timeOfDayMs: performance.timeOrigin + nowMs,
      underruns: this.#engine().state.underruns,
      status: this.#engine().state.status,
      positionMs: this.#engine().positionMs(),
    };
  }

  async #probe(): Promise<void> {
    const sentMs = performance.now();
    const answer = await fetch('clock');
    const receivedMs = performance.now();
    const serverMs = sharedTimeOf(this.#simulated, Number(await answer.text()));
    this.#clock.add({ sentMs, receivedMs, serverMs });
  }

  #tell(): void {
    if (!this.#state) return;
    const output = { delayMs: this.#delayMs, fromMs: 0 };
    this.#engine().keepPace?.(paceOf(this.#state, this.#clock, performance.now(), output));
  }
}
