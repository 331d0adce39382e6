import { ClockProbes, type PlaybackState } from '../../../src/playback/session/index.ts';
import type { Engine } from '../../../src/web/engine/index.ts';
import { paceOf } from '../../../src/web/session/pace.ts';
import type { SimulatedClock } from '../simulated-clock.ts';
import { sharedTimeOf } from '../simulated-clock.ts';

const PACE_EVERY_MS = 1_000;
/** As the player remembers it of an output. */
const LATENCY_KEY = 'latency';

/** A page as an output of a session: it asks the test's server for the time, and is told the session's states by the test. */
export class PacedPage {
  readonly #engine: () => Engine;
  #probes: ClockProbes | undefined;
  #state: PlaybackState | undefined;
  #delayMs = 0;
  #timers: ReturnType<typeof setInterval>[] = [];

  constructor(engine: () => Engine) {
    this.#engine = engine;
  }

  /** Knows the time from then on. To this page, shared time goes as the simulated clock does. */
  async join(simulated: SimulatedClock, delayMs = 0): Promise<void> {
    this.leave();
    this.#delayMs = delayMs;
    this.#probes?.stop();
    const address = new URL('clock', location.href);
    address.protocol = 'ws:';
    const line = new WebSocket(address);
    await new Promise<void>((resolve) => {
      const probes = new ClockProbes({
        ask: (id) => line.send(`${id}`),
        nowMs: () => performance.now(),
        onKnown: () => {
          resolve();
          this.#tell();
        },
      });
      this.#probes = probes;
      line.addEventListener('message', ({ data }) => {
        const [id, timeMs] = String(data).split(' ').map(Number);
        probes.take(id ?? 0, sharedTimeOf(simulated, timeMs ?? 0));
      });
      line.addEventListener('open', () => probes.start());
    });
    this.#timers = [setInterval(() => this.#tell(), PACE_EVERY_MS)];
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
      driftPpm: this.#probes?.clock.driftPpm,
      sharedMs: this.#probes?.clock.serverMs(nowMs) ?? 0,
      timeOfDayMs: performance.timeOrigin + nowMs,
      underruns: this.#engine().state.underruns,
      status: this.#engine().state.status,
      positionMs: this.#engine().positionMs(),
    };
  }

  #tell(): void {
    if (!this.#state || !this.#probes) return;
    const output = { delayMs: this.#delayMs, fromMs: 0 };
    const engine = this.#engine();
    const { latencyMs } = engine.paceError?.() ?? {};
    if (latencyMs !== undefined) localStorage.setItem(LATENCY_KEY, String(latencyMs));
    const learntMs = Number(localStorage.getItem(LATENCY_KEY)) || undefined;
    engine.keepPace?.(paceOf(this.#state, this.#probes.clock, performance.now(), output, learntMs));
  }
}
