import { setTimeout as delay } from 'node:timers/promises';
import { type EngineWorld, openEngineWorld } from '../support/engine-world.ts';
import { clefOutage } from './clef-outage.ts';
import { gate, type Proof } from './proof.ts';

const SECONDS = 240;
/** More than is played in small, and what is fetched ahead of it. */
const SMALL_SECONDS = 90;
const BUFFERED_MS = 30_000;

/** The network goes, or the server, and comes back: nobody hears it. */
export const outage: Proof = {
  name: 'outage',
  shows: 'a cut of 20 s with 30 s buffered, and a server gone for 5 s: no underrun, and it goes on by itself',
  async run({ small, say }) {
    await using world = await openEngineWorld();
    const seconds = small ? SMALL_SECONDS : SECONDS;
    const cutMs = small ? 3_000 : 20_000;
    const ids = await world.cut('outage', 'flac', seconds, []);
    await world.page.evaluate(
      async ([ids, durationMs]) => {
        const { lab } = window;
        await lab.make({}, false);
        lab.engine.setQueue(lab.items(ids, durationMs), { currentIndex: 0, play: true });
        await lab.until('sounding', 0);
      },
      [ids, seconds * 1000] as const,
    );
    const bufferedMs = await buffered(world, BUFFERED_MS);
    const before = await look(world);
    world.server.cut();
    say(`cut with ${Math.round(bufferedMs)} ms buffered`);
    await delay(cutMs);
    const atEnd = await look(world);
    world.server.mend();
    const afterMs = await buffered(world, atEnd.bufferedMs + 1_000);
    await world.server.restart(small ? 1_000 : 5_000);
    await buffered(world, BUFFERED_MS);
    const done = await look(world);
    await world[Symbol.asyncDispose]();
    // In small, the player's own tests kill the server.
    const clef = small ? undefined : await clefOutage(BUFFERED_MS, cutMs);
    return {
      gates: {
        ...(clef && {
          clefPlaysAtTheEnd: gate(clef.done.status, 'playing'),
          clefRingUnderruns: gate(clef.done.ringUnderruns, 0),
        }),
        buffered30s: gate(bufferedMs >= BUFFERED_MS, true),
        playedOn: gate(atEnd.status, 'playing'),
        fetchedAgain: gate(afterMs > atEnd.bufferedMs, true),
        playsAtTheEnd: gate(done.status, 'playing'),
        // A machine that is late at the start, where little is decoded yet, has lost nothing to the cut.
        ringUnderruns: gate(ringUnderruns(done) - ringUnderruns(before), 0),
      },
      figures: { bufferedMs, cutMs, before, atEnd, afterMs, done, clef },
    };
  },
};

function look({ page }: EngineWorld) {
  return page.evaluate(() => {
    const { engine } = window.lab;
    return {
      status: engine.state.status,
      positionMs: engine.positionMs(),
      bufferedMs: engine.bufferedMs(),
      underruns: engine.state.underruns,
      ofBrowser: window.lab.browserUnderruns(),
    };
  });
}

function ringUnderruns({ underruns, ofBrowser = 0 }: Awaited<ReturnType<typeof look>>): number {
  return underruns - ofBrowser;
}

/** Waits until so much is here ahead of the position. */
async function buffered(world: EngineWorld, leastMs: number): Promise<number> {
  for (;;) {
    const { bufferedMs } = await look(world);
    if (bufferedMs >= leastMs) return bufferedMs;
    await delay(100);
  }
}
