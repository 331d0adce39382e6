import { inProof } from '../support/debian.ts';
import { openEngineWorld } from '../support/engine-world.ts';
import { startSoundCard } from '../support/sound-card.ts';
import { compareSound, type SoundComparison } from '../support/sound-comparison.ts';

const RATE_HZ = 44_100;
/** A gap with which Chromium itself says that it was late for its device is the machine's: the side is played again. */
const MOST_PLAYS = 6;
/** What Chromium hands over at once, far more than by itself, so that a busy machine is seldom late. */
const BUFFER_FRAMES = 16_384;

export interface CapturedSide extends SoundComparison {
  readonly streams: readonly { readonly format: string; readonly resampler: string }[];
  /** Each time that the side was played; the last is the one that counts. */
  readonly plays: readonly { readonly gaps: number; readonly underruns: number }[];
}

/** Plays an album side, one FLAC recording cut into tracks, out of Chromium into a sound card, and records what arrives there. */
export async function captureSide(seconds: number, cuts: readonly number[]): Promise<CapturedSide> {
  await using card = await startSoundCard(inProof, RATE_HZ);
  await using world = await openEngineWorld({
    loud: true,
    environment: card.environment,
    flags: [`--audio-buffer-size=${BUFFER_FRAMES}`],
  });
  const ids = await world.cut('captured', 'flac', seconds, cuts);
  const played = world.server.samples.get('captured') ?? new Float32Array();
  const durationMs = (seconds * 1_000) / ids.length;
  const plays: { readonly gaps: number; readonly underruns: number }[] = [];
  for (;;) {
    await using recorder = await card.record();
    await world.page.evaluate(
      async ([ids, durationMs]) => {
        const { lab } = window;
        await lab.make({}, false);
        lab.engine.setQueue(lab.items(ids, durationMs), { currentIndex: 0, play: true });
        await lab.until('sounding', 0);
      },
      [ids, durationMs] as const,
    );
    const streams = await card.streams();
    const underruns = await world.page.evaluate(async () => {
      await window.lab.until('over', 0);
      return window.lab.engine.state.underruns;
    });
    const comparison = compareSound(await recorder.untilSilent(), played);
    plays.push({ gaps: comparison.gaps.length, underruns });
    const isAgain = comparison.gaps.length > 0 && underruns > 0 && plays.length < MOST_PLAYS;
    if (!isAgain) return { ...comparison, streams, plays };
  }
}
