import {
  createEngine,
  type Engine,
  type EngineItem,
  type EngineSettings,
} from '../../../src/web/engine/index.ts';
import { joinMediaSession } from '../../../src/web/player/media-session.ts';
import { decodeFrom } from './decode.ts';
import { PacedPage } from './paced-page.ts';
// oxlint-disable-next-line import/default -- Vite makes the export
import recorderUrl from './recorder-worklet.ts?worker&url';
import { Recording } from './recording.ts';
import { type Asked, plainSource } from './source.ts';

const asked: Asked[] = [];
const recording = new Recording();
const contexts: AudioContext[] = [];
const reference = new Map<string, Float32Array>();
let engine: Engine | undefined;
/** What a test waits for, in the order in which it came. */
const events: { readonly what: string; readonly atMs: number }[] = [];

const OVER_POLL_MS = 20;

/** Passes silence on until its worklet is there. */
function tap(context: AudioContext): AudioNode {
  contexts.push(context);
  const entry = context.createGain();
  void record(context, entry);
  return entry;
}

async function record(context: AudioContext, entry: AudioNode): Promise<void> {
  await context.audioWorklet.addModule(recorderUrl);
  const recorder = new AudioWorkletNode(context, 'recorder', { outputChannelCount: [2] });
  recorder.port.addEventListener('message', ({ data }: MessageEvent<[Float32Array, Float32Array]>) =>
    recording.add(data),
  );
  recorder.port.start();
  entry.connect(recorder).connect(context.destination);
}

function made(): Engine {
  if (!engine) throw new Error('no engine was made');
  return engine;
}

const lab = {
  paced: new PacedPage(made),
  events,
  asked,
  async make(settings: Partial<EngineSettings>, isRecorded: boolean): Promise<void> {
    await engine?.[Symbol.asyncDispose]();
    contexts.length = 0;
    engine = createEngine({
      source: plainSource(asked),
      settings,
      ...(isRecorded ? { tap } : { tap: (context) => (contexts.push(context), context.destination) }),
    });
    joinMediaSession(engine);
    let status = '';
    engine.subscribe(() => {
      const now = engine?.state.status ?? '';
      if (now !== status) events.push({ what: now, atMs: performance.now() });
      status = now;
    });
    await engine.warm();
    await new Promise((resolve) => setTimeout(resolve, 100));
    recording.clear();
  },
  get engine(): Engine {
    return made();
  },
  items(trackIds: readonly string[], durationMs: number): EngineItem[] {
    return trackIds.map((trackId, i) => ({ itemId: `${i}`, trackId, durationMs }));
  },
  /** Underruns that the browser counted, or undefined where it counts none. */
  browserUnderruns(): number | undefined {
    const counts = contexts.map(
      (context) => (context as { playbackStats?: { underrunEvents: number } }).playbackStats?.underrunEvents,
    );
    return counts.every((count) => count === undefined)
      ? undefined
      : counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  },
  /** As a telephone call does, or another program that takes the sound device. */
  async interrupt(): Promise<readonly AudioContextState[]> {
    await Promise.all(contexts.map((context) => context.suspend()));
    await new Promise((resolve) => setTimeout(resolve, 200));
    return contexts.map(({ state }) => state);
  },
  outputs: (): readonly string[] => contexts.map((context) => (context as { sinkId?: string }).sinkId ?? ''),
  clear(): void {
    recording.clear();
    events.length = 0;
    asked.length = 0;
  },
  recordedFrames: (): number => recording.samples()[0].length,
  /** One channel of it, without the silence of a page too busy to have anything decoded. */
  heard: (): Float32Array => recording.samples()[0].filter((sample) => sample !== 0),
  /** How the recording differs from the samples of one address: interleaved stereo floats. */
  async compareRecording(path: string) {
    const [left, right] = recording.samples();
    const wanted = trimmed(new Float32Array(await (await fetch(path)).arrayBuffer()));
    let different = 0;
    for (let i = 0; i < Math.min(left.length, wanted.length / 2); i++)
      if (left[i] !== wanted[2 * i] || right[i] !== wanted[2 * i + 1]) different++;
    return { frames: left.length, wantedFrames: wanted.length / 2, different };
  },
  async decodeAll(trackId: string): Promise<number> {
    const { samples, channelCount } = await decodeFrom(trackId, 0);
    reference.set(trackId, samples);
    return samples.length / channelCount;
  },
  /** The samples of tracks that were decoded, one after the other, and how they differ from those of an address. */
  async compareDecoded(trackIds: readonly string[], path: string, mostShift: number) {
    const parts = trackIds.map((id) => reference.get(id) ?? new Float32Array());
    const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
    let offset = 0;
    for (const part of parts) {
      whole.set(part, offset);
      offset += part.length;
    }
    const wanted = new Float32Array(await (await fetch(path)).arrayBuffer());
    const different = whole.reduce((sum, sample, i) => sum + (sample === wanted[i] ? 0 : 1), 0);
    const border = (parts[0]?.length ?? 0) / 2;
    return {
      frames: whole.length / 2,
      wantedFrames: wanted.length / 2,
      different,
      shiftBefore: bestShift(whole, wanted, border - 12_000, mostShift),
      shiftAfter: bestShift(whole, wanted, border + 4_000, mostShift),
      correlationAtBorder: correlation(whole, wanted, border - 512, 1_024, 0),
    };
  },
  /** Decodes from positions on, and compares with the linear decode. */
  async seek(trackId: string, startMs: number, frames: number) {
    const linear = reference.get(trackId) ?? new Float32Array();
    const { samples, startSample, channelCount, asked } = await decodeFrom(trackId, startMs, frames);
    let different = 0;
    let greatest = 0;
    for (let i = 0; i < samples.length; i++) {
      const difference = Math.abs((samples[i] ?? 0) - (linear[startSample * channelCount + i] ?? 0));
      if (difference > 0) different++;
      greatest = Math.max(greatest, difference);
    }
    return { different, greatest, frames: samples.length / channelCount, chunks: asked.length };
  },
  /** From a call to the first samples that are decoded. */
  async firstPcmMs(trackId: string, startMs: number): Promise<number> {
    const atMs = performance.now();
    await decodeFrom(trackId, startMs, 1);
    return performance.now() - atMs;
  },
  /** Resolves with the time at which a condition held; that of sound is looked at without a timer's delay. */
  async until(what: 'sounding' | 'over', sinceMs: number): Promise<number> {
    const channel = new MessageChannel();
    for (;;) {
      const { status } = lab.engine.state;
      if (what === 'sounding' ? status === 'playing' : status === 'paused')
        return performance.now() - sinceMs;
      await new Promise<void>((resolve) => {
        if (what === 'over') {
          setTimeout(resolve, OVER_POLL_MS);
          return;
        }
        channel.port1.addEventListener('message', () => resolve(), { once: true });
        channel.port1.start();
        channel.port2.postMessage(0, []);
      });
    }
  },
};

function trimmed(samples: Float32Array): Float32Array {
  const first = samples.findIndex((sample) => sample !== 0);
  const last = samples.findLastIndex((sample) => sample !== 0);
  return samples.subarray(first - (first % 2), last + 2 - (last % 2));
}

/** Frames by which `samples` lies behind `wanted` near a frame. */
function bestShift(samples: Float32Array, wanted: Float32Array, atFrame: number, mostShift: number): number {
  let best = { shift: 0, value: -2 };
  for (let shift = -mostShift; shift <= mostShift; shift++) {
    const value = correlation(samples, wanted, atFrame, 4_096, shift);
    if (value > best.value) best = { shift, value };
  }
  return best.shift;
}

function correlation(
  a: Float32Array,
  b: Float32Array,
  atFrame: number,
  frames: number,
  shift: number,
): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < frames; i++) {
    const x = a[2 * (atFrame + i + shift)] ?? 0;
    const y = b[2 * (atFrame + i)] ?? 0;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb || 1);
}

export type EngineLab = typeof lab;

declare global {
  interface Window {
    lab: EngineLab;
  }
}

window.lab = lab;
