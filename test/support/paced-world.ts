import type { Browser, Page } from 'playwright-core';
import { emptyState, fold, type Action, type PlaybackState } from '../../src/playback/session/index.ts';
import { launchChromium } from './chromium.ts';
import { temporaryFolder } from './clef-process.ts';
import { inProof } from './debian.ts';
import { encodeTrack } from './engine-music.ts';
import { builtEnginePage, EngineServer } from './engine-server.ts';
import type { SimulatedClock } from './simulated-clock.ts';

const CLOCK = 'test';
const SENDER = 'skewskewskewskew';

/** A session's state, and when the test made it: in shared time, which the test's own clock shows. */
export interface ToldState {
  readonly state: PlaybackState;
  readonly atMs: number;
}

export interface PacedWorld extends AsyncDisposable {
  readonly pages: readonly Page[];
  /** One track a page in each place of the queue: interleaved stereo. */
  addTracks(tracks: readonly Float32Array[][], rateHz: number): Promise<void>;
  /** Loads the pages anew, with a context that has not run yet, and tells them the time. */
  join(clocks: readonly SimulatedClock[]): Promise<void>;
  /** What the session's log then has, told to all pages at once. */
  act(action: Action): Promise<void>;
  readonly told: readonly ToldState[];
}

/** Pages in processes of their own that are outputs of one session. The log is the test's; its time is `performance.now()`. */
export async function openPacedWorld(options: {
  readonly pageCount: number;
  /** All pages in one process. */
  readonly together?: boolean;
  readonly leadMs: number;
  readonly loud?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
}): Promise<PacedWorld> {
  const { pageCount, leadMs } = options;
  const stack = new AsyncDisposableStack();
  const music = stack.use(await temporaryFolder('paced-music'));
  const server = stack.use(new EngineServer(await builtEnginePage()));
  await server.start();
  const pages: Page[] = [];
  let browser: Browser | undefined;
  for (let i = 0; i < pageCount; i++) {
    if (!browser || !options.together) browser = stack.use(await launchChromium(inProof, options));
    pages.push(await browser.newPage());
  }
  let durations: number[] = [];
  let told: ToldState[] = [];

  const act = async (action: Action) => {
    const before = told.at(-1)?.state ?? emptyState('test');
    const seq = before.seq + 1;
    const atMs = performance.now();
    const command = { cmdId: `${SENDER}.${seq}`, action };
    const { state, outcome } = fold(before, { seq, atMs, clockId: CLOCK, by: 'test', command });
    if (outcome.kind === 'refused') throw new Error(`${action.type} was refused: ${outcome.reason}`);
    told = [...told, { state, atMs }];
    await Promise.all(pages.map((page) => page.evaluate((state) => window.lab.paced.follow(state), state)));
  };

  return {
    pages,
    get told() {
      return told;
    },
    act,
    async addTracks(tracks, rateHz) {
      durations = tracks.map(([samples]) => ((samples?.length ?? 0) / 2 / rateHz) * 1000);
      for (const [place, ofPages] of tracks.entries())
        for (const [page, samples] of ofPages.entries()) {
          const id = `noise-${page}-${place}`;
          server.tracks.set(id, await encodeTrack(music.path, id, 'flac', samples, rateHz));
        }
    },
    async join(clocks) {
      told = [];
      const itemIds = durations.map((_, place) => `${SENDER}.${pageCount + 1}-${place}`);
      await Promise.all(
        pages.map(async (page, i) => {
          await page.goto(server.url);
          await page.waitForFunction(() => window.lab !== undefined);
          await page.click('button');
          const items = itemIds.map((itemId, place) => ({
            itemId,
            trackId: `noise-${i}-${place}`,
            durationMs: durations[place] ?? 0,
          }));
          await page.evaluate(
            async ([items, clock]) => {
              const { lab } = window;
              await lab.make({}, false);
              lab.engine.setQueue(items, { currentIndex: 0, play: false });
              await lab.paced.join(clock);
            },
            [items, clocks[i] ?? { ppm: 0, sinceMs: 0 }] as const,
          );
        }),
      );
      for (let i = 0; i < pageCount; i++) await act({ type: 'output.add', output: outputOf(i, leadMs) });
      await act({
        type: 'queue.replace',
        items: durations.map((durationMs, place) => ({ trackId: `tr-${place}`, durationMs })),
        startIndex: 0,
        positionMs: 0,
        play: false,
      });
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function outputOf(index: number, leadMs: number) {
  const outputId = `output${`${index}`.padStart(10, '0')}`;
  return { outputId, name: outputId, kind: 'page' as const, volume: 1, muted: false, delayMs: 0, leadMs };
}
