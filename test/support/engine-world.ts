import type { Page } from 'playwright-core';
import { temporaryFolder } from './clef-process.ts';
import { launchChromium } from './chromium.ts';
import { inProof } from './debian.ts';
import { encodeTrack, type EngineFormat, rateOf, recordingOf } from './engine-music.ts';
import { builtEnginePage, EngineServer } from './engine-server.ts';

export interface EngineWorld extends AsyncDisposable {
  readonly server: EngineServer;
  readonly page: Page;
  /** One recording, cut into tracks of a format; `samples/NAME` is the whole. */
  cut(name: string, format: EngineFormat, seconds: number, cuts: readonly number[]): Promise<string[]>;
  /** A track of one level throughout, whose sound in any mix can be told from others'. */
  addLevel(id: string, level: number, seconds: number, rateHz: number): Promise<void>;
}

/** A page with the engine in Chromium, and the server that it plays from. */
export async function openEngineWorld(
  options: {
    readonly isolated?: boolean;
    readonly loud?: boolean;
    readonly environment?: Readonly<Record<string, string>>;
    readonly flags?: readonly string[];
  } = {},
): Promise<EngineWorld> {
  const stack = new AsyncDisposableStack();
  const music = stack.use(await temporaryFolder('engine-music'));
  const server = stack.use(new EngineServer(await builtEnginePage(), options));
  await server.start();
  const browser = stack.use(await launchChromium(inProof, { ...options, isOwn: true }));
  const page = await browser.newPage();
  await page.goto(server.url);
  await page.waitForFunction(() => window.lab !== undefined);
  await page.click('button');
  return {
    server,
    page,
    async cut(name, format, seconds, cuts) {
      const rateHz = rateOf(format);
      const whole = recordingOf(seconds, rateHz);
      server.samples.set(name, whole);
      const borders = [0, ...cuts.map((cut) => Math.round(cut * rateHz)), whole.length / 2];
      const ids: string[] = [];
      for (let i = 0; i + 1 < borders.length; i++) {
        const id = `${name}-${format}-${i}`;
        const part = whole.subarray(2 * (borders[i] ?? 0), 2 * (borders[i + 1] ?? 0));
        server.tracks.set(id, await encodeTrack(music.path, id, format, part, rateHz));
        ids.push(id);
      }
      return ids;
    },
    async addLevel(id, level, seconds, rateHz) {
      const samples = new Float32Array(2 * seconds * rateHz).fill(level);
      server.tracks.set(id, await encodeTrack(music.path, id, 'wav', samples, rateHz));
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
