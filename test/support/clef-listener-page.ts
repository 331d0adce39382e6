import { createClient, routes } from '../../src/api/index.ts';
import { AudioEngine } from '../../src/web/engine/engine.ts';
import { Feed } from '../../src/web/engine/feed.ts';
import { TrackReader } from '../../src/web/engine/track-reader.ts';
import {
  createTrackSource,
  databaseName,
  type Device,
  ensureDevice,
  openDeviceDatabase,
} from '../../src/web/source/index.ts';

// Runs in a page of a real Clef, as what a proof calls there: `bundleForPage(thisFile, 'listener')`.

/** While it plays, a look-ahead grows by as much as was heard, and no more. */
const SETTLED_MS = 500;

let device: Device | undefined;
let engine: AudioEngine | undefined;
const contexts: AudioContext[] = [];

/** Registers the browser's key. */
export async function enrol(): Promise<void> {
  const call = createClient({ basePath: '' });
  const { account } = await call(routes.session, {});
  const name = databaseName('', account.id);
  const database = await openDeviceDatabase(name);
  device = await ensureDevice(database, name, (publicKey) =>
    call(routes.addDevice, { body: { name: 'Proof', publicKey } }),
  );
}

/** One that has fetched nothing yet. */
function freshSource() {
  if (!device) throw new Error('no device was enrolled');
  return createTrackSource({ basePath: '', device });
}

/** From a click to the first samples that are decoded, with nothing of the track here. */
export async function firstPcmMs(trackId: string): Promise<number> {
  const source = freshSource();
  const atMs = performance.now();
  const reader = new TrackReader(source, trackId, () => undefined);
  const tookMs = await new Promise<number>((resolve, reject) => {
    const feed = new Feed(reader, 0, () => {
      if (feed.fault) reject(new Error(feed.fault.kind));
      if (feed.madeFrames === 0) return;
      resolve(performance.now() - atMs);
      feed.close();
    });
  });
  reader.close();
  return tookMs;
}

/** Ends the engine: what it fetched ahead would be in the way of what is measured next. */
export async function rest(): Promise<void> {
  await engine?.[Symbol.asyncDispose]();
  engine = undefined;
}

/** An engine with a source of its own, warm. */
export async function make(workletUrl: string): Promise<void> {
  await rest();
  contexts.length = 0;
  const tap = (context: AudioContext) => {
    contexts.push(context);
    return context.destination;
  };
  engine = new AudioEngine({ source: freshSource(), workletUrl, tap });
  await engine.warm();
}

/** Plays a track from a position on; answers how long it took until it sounded. */
export function play(trackId: string, durationMs: number, positionMs = 0): Promise<number> {
  const atMs = performance.now();
  const items = [{ itemId: '0', trackId, durationMs }];
  engine?.setQueue(items, { currentIndex: 0, play: true, positionMs });
  return untilSounding(atMs);
}

/** Until nothing more is fetched ahead. */
export async function settled(): Promise<void> {
  for (let before = -1; ; ) {
    const here = (engine?.positionMs() ?? 0) + (engine?.bufferedMs() ?? 0);
    if (before >= 0 && here - before < 2 * SETTLED_MS) return;
    before = here;
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
  }
}

export function seek(positionMs: number): Promise<number> {
  const atMs = performance.now();
  engine?.seek(positionMs);
  return untilSounding(atMs);
}

function untilSounding(atMs: number): Promise<number> {
  return new Promise((resolve) => {
    const isThere = () => {
      const sounds = engine?.state.status === 'playing';
      if (sounds) resolve(performance.now() - atMs);
      return sounds;
    };
    if (isThere()) return;
    const leave = engine?.subscribe(() => {
      if (isThere()) leave?.();
    });
  });
}

export function look() {
  if (!engine) throw new Error('no engine was made');
  const ofBrowser = contexts
    .map((context) => (context as { playbackStats?: { underrunEvents: number } }).playbackStats)
    .reduce((sum, stats) => sum + (stats?.underrunEvents ?? 0), 0);
  const { status, underruns } = engine.state;
  return {
    status,
    positionMs: engine.positionMs(),
    bufferedMs: engine.bufferedMs(),
    ringUnderruns: underruns - ofBrowser,
    ofBrowser,
  };
}
