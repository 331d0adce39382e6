import { type EngineFormat, engineFormats, isLossless } from '../support/engine-music.ts';
import { type EngineWorld, openEngineWorld } from '../support/engine-world.ts';
import { seededRandom } from '../support/random.ts';
import { captureSide } from './captured-sound.ts';
import { gate, type Proof } from './proof.ts';

const SECONDS = 24;
const SMALL_SECONDS = 12;
/** From the middle of what is cut in two: on no border of packets. */
const CUT_BEFORE_MIDDLE_SECONDS = 0.683;
const SEEK_FRAMES = 12_000;
/** -80 dBFS, for Opus, whose decoder never forgets all that came before. */
const OPUS_LIMIT = 1e-4;
const GAPLESS: readonly EngineFormat[] = ['flac', 'mp3-cbr', 'mp3-vbr', 'm4a', 'opus', 'vorbis'];
const MOST_SHIFT = 64;
/** An album side that a sound card records, and where its tracks meet: on no border of packets. */
const SIDE_SECONDS = 120;
const SIDE_CUTS = [17.0031, 38.3177, 57.7009, 80.0213, 101.4441];

/** Seeks, joins, what comes out of the ring and what reaches a sound card, against a linear decode and the recording. */
export const exact: Proof = {
  name: 'exact',
  shows:
    'random seeks equal a linear decode bit for bit; gapless pairs add and lose no sample; nor do ring and sound card',
  async run({ small, seed, say }) {
    await using world = await openEngineWorld();
    const { page } = world;
    const random = seededRandom(seed);
    const seconds = small ? SMALL_SECONDS : SECONDS;
    const seeksAFormat = Math.ceil((small ? 18 : 1_000) / engineFormats.length);
    const seeks: Record<string, unknown> = {};
    let wrongSeeks = 0;
    let mostChunks = 0;
    for (const format of engineFormats) {
      const [id = ''] = await world.cut(`seek-${format}`, format, seconds, []);
      await page.evaluate((id) => window.lab.decodeAll(id), id);
      let greatest = 0;
      let wrong = 0;
      for (let i = 0; i < seeksAFormat; i++) {
        const startMs = random() * (seconds - 0.2) * 1000;
        const seek = await page.evaluate(([id, startMs, frames]) => window.lab.seek(id, startMs, frames), [
          id,
          startMs,
          SEEK_FRAMES,
        ] as const);
        greatest = Math.max(greatest, seek.greatest);
        mostChunks = Math.max(mostChunks, seek.chunks);
        const isWrong =
          seek.frames === 0 || (format === 'opus' ? seek.greatest > OPUS_LIMIT : seek.different > 0);
        if (isWrong) {
          wrong++;
          say(`${format}: from ${startMs} ms ${JSON.stringify(seek)}`);
        }
      }
      wrongSeeks += wrong;
      seeks[format] = { seeks: seeksAFormat, wrong, greatest };
    }

    const pairs: Record<string, unknown> = {};
    let moved = 0;
    let different = 0;
    for (const format of GAPLESS) {
      const ids = await world.cut('pair', format, seconds, [seconds / 2 - CUT_BEFORE_MIDDLE_SECONDS]);
      for (const id of ids) await page.evaluate((id) => window.lab.decodeAll(id), id);
      const pair = await page.evaluate(
        ([ids, shift]) => window.lab.compareDecoded(ids, 'samples/pair', shift),
        [ids, MOST_SHIFT] as const,
      );
      pairs[format] = pair;
      moved +=
        Math.abs(pair.frames - pair.wantedFrames) + Math.abs(pair.shiftBefore) + Math.abs(pair.shiftAfter);
      if (isLossless(format)) different += pair.different;
    }

    const heard = await hearPair(world, small ? 4 : 20);
    await world[Symbol.asyncDispose]();
    // In small it is a test of its own, which needs a sound card.
    const captured = small ? undefined : await captureSide(SIDE_SECONDS, SIDE_CUTS);
    return {
      gates: {
        wrongSeeks: gate(wrongSeeks, 0),
        chunksAtMost2: gate(mostChunks <= 2, true),
        samplesAddedOrLost: gate(moved, 0),
        differentInLossless: gate(different, 0),
        heardFrames: gate(heard.frames, heard.wantedFrames),
        heardDifferent: gate(heard.different, 0),
        ...(captured && { capturedGaps: gate(captured.gaps.length, 0) }),
      },
      figures: { seeks, mostChunks, pairs, heard, captured },
    };
  },
};

/** What leaves the audio thread while four tracks of one FLAC recording play. */
async function hearPair(world: EngineWorld, seconds: number) {
  const part = seconds / 4;
  const ids = await world.cut('side', 'flac', seconds, [part, 2 * part + 0.123, 3 * part + 0.077]);
  return world.page.evaluate(
    async ([ids, partMs]) => {
      const { lab } = window;
      await lab.make({}, true);
      const items = lab.items(ids, partMs);
      lab.engine.setQueue(items, { currentIndex: 0, play: true });
      await lab.until('sounding', 0);
      await lab.until('over', 0);
      await new Promise((resolve) => setTimeout(resolve, 300));
      return {
        ...(await lab.compareRecording('samples/side')),
        underruns: lab.engine.state.underruns,
        ofBrowser: lab.browserUnderruns(),
      };
    },
    [ids, part * 1000] as const,
  );
}
