/** One audio context of one sample rate, its volume, and the worklet in it. */
export interface RateContext {
  readonly context: AudioContext;
  /** What decks are connected to. */
  readonly output: GainNode;
  /** True when nodes can be made; false where the context was closed before. */
  readonly ready: Promise<boolean>;
}

/** Underruns that the browser itself counted (Web Audio API, AudioPlaybackStats). */
interface PlaybackStats {
  readonly underrunEvents?: number;
}

/** Between a context and where its sound goes; tests listen in there. */
export type Tap = (context: AudioContext) => AudioNode;

const RAMP_SECONDS = 0.015;

/**
 * A context for each sample rate that music has, kept warm: the browser then passes samples on as they are. A
 * context is never closed; one that is not needed sleeps.
 */
export class RateContexts {
  readonly #workletUrl: string;
  readonly #tap: Tap | undefined;
  readonly #onChange: () => void;
  readonly #contexts = new Map<number, RateContext>();
  #volume = 1;
  #sinkId = '';

  constructor(options: {
    readonly workletUrl: string;
    readonly tap?: Tap | undefined;
    /** Something happened to a context: an interruption, an end of it. */
    readonly onChange: () => void;
  }) {
    this.#workletUrl = options.workletUrl;
    this.#tap = options.tap;
    this.#onChange = options.onChange;
  }

  /** Of the device's own rate where the browser makes none of the one asked for. */
  of(sampleRateHz: number): RateContext {
    const known = this.#contexts.get(sampleRateHz);
    if (known) return known;
    const made = this.#open(sampleRateHz);
    this.#contexts.set(sampleRateHz, made);
    return made;
  }

  #open(sampleRateHz: number): RateContext {
    const context = contextOf(sampleRateHz);
    const output = context.createGain();
    output.gain.value = this.#volume;
    output.connect(this.#tap?.(context) ?? context.destination);
    context.addEventListener('statechange', this.#onChange);
    const ready = context.audioWorklet.addModule(this.#workletUrl).then(
      () => context.state !== 'closed',
      () => false,
    );
    if (this.#sinkId !== '') void sendTo(context, this.#sinkId);
    return { context, output, ready };
  }

  get all(): readonly RateContext[] {
    return [...this.#contexts.values()];
  }

  setVolume(factor: number): void {
    this.#volume = factor;
    for (const { context, output } of this.all) {
      const { gain } = output;
      if (context.state !== 'running') gain.value = factor;
      // An approach without an end would leave the factor a hair beside 1.
      else
        gain
          .cancelScheduledValues(0)
          .setValueAtTime(gain.value, context.currentTime)
          .linearRampToValueAtTime(factor, context.currentTime + RAMP_SECONDS);
    }
  }

  /** Empty for the system's choice. */
  async setSink(sinkId: string): Promise<void> {
    this.#sinkId = sinkId;
    await Promise.all(this.all.map(({ context }) => sendTo(context, sinkId)));
  }

  /** Until the next `resume` of each. */
  async sleep(): Promise<void> {
    await Promise.all(this.all.map(({ context }) => context.suspend().catch(() => undefined)));
  }

  get underruns(): number {
    return this.all.reduce((sum, { context }) => sum + underrunsOf(context), 0);
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map(({ context }) => context.close().catch(() => undefined)));
    this.#contexts.clear();
  }
}

function contextOf(sampleRate: number): AudioContext {
  try {
    return new AudioContext({ sampleRate, latencyHint: 'balanced' });
  } catch {
    return new AudioContext({ latencyHint: 'balanced' });
  }
}

/** Sound stays where it was if the device has gone meanwhile. */
async function sendTo(context: AudioContext, sinkId: string): Promise<void> {
  const { setSinkId } = context as { setSinkId?: (id: string) => Promise<void> };
  await setSinkId?.call(context, sinkId).catch(() => undefined);
}

function underrunsOf(context: AudioContext): number {
  return (context as { playbackStats?: PlaybackStats }).playbackStats?.underrunEvents ?? 0;
}
