import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest';
import { launchChromium, servePage } from '../../../../test/support/chromium.ts';
import { decodePackets } from '../../../../test/support/decode-packets.ts';
import { hasFfmpeg } from '../../../../test/support/make-music.ts';
import {
  decodeWithFfmpeg,
  type RecordingName,
  RECORDINGS,
  sharedRecordings,
  tableOf,
} from '../../../../test/support/packet-recordings.ts';

const ffmpeg = await hasFfmpeg();
if (!ffmpeg && process.env['CI'] === 'true') throw new Error('ffmpeg is missing');

const SEEKS = 8;
/** -80 dBFS. */
const AUDIBLE = 1e-4;
/** Two builds of one decoder, and two decoders of Opus, round differently. */
const ROUNDING = 2e-4;

let folder: string;
let files: ReadonlyMap<RecordingName, Uint8Array> = new Map();
let browser: Browser | undefined;
let page: Page | undefined;
let server: Awaited<ReturnType<typeof servePage>> | undefined;

beforeAll(async () => {
  if (ffmpeg) ({ folder, files } = await sharedRecordings());
  server = await servePage('');
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});

/** One for all: to open a page costs more than to decode a file. */
async function openPage(context: TestContext): Promise<Page> {
  browser ??= await launchChromium(context);
  page ??= await browser.newPage();
  if (page.url() === 'about:blank') await page.goto(server?.url ?? '');
  return page;
}

const DECODED = RECORDINGS.filter((name) => !/wav|aiff|alac/.test(name));
/** Of these ffmpeg's own decode leaves padding at the end, or what it says of the start is not read. */
const TRIMMED_OTHERWISE = /\.m4a$|\.mp4$/;

describe.skipIf(!ffmpeg)('what a browser decodes from the packets of a table', () => {
  test.for(DECODED)('%s is the music to the sample, and the same from anywhere', async (name, context) => {
    const bytes = files.get(name);
    const table = bytes && (await tableOf(bytes));
    if (!table) throw new Error('no table');
    const opened = await openPage(context);
    const seeks = Array.from(
      { length: SEEKS },
      (_, i) => Math.floor((table.sampleCount * i) / SEEKS) + 7 * i,
    );
    const decoded = await decodePackets(opened, bytes, table, seeks);
    expect(decoded.frames).toBe(table.packets.startSample[table.packets.count]);
    const worst = Math.max(...decoded.seekDifferences);
    expect(Math.min(...decoded.seekDifferences)).toBeGreaterThanOrEqual(0);
    if (table.codec === 'opus') expect(worst).toBeLessThan(AUDIBLE);
    else expect(worst).toBe(0);

    const wanted = await decodeWithFfmpeg(join(folder, name));
    expect(decoded.music.length).toBe(table.sampleCount * table.channelCount);
    if (!TRIMMED_OTHERWISE.test(name)) expect(decoded.music.length).toBe(wanted.length);
    if (name === 'aac-fragmented.m4a') return;
    const differences = decoded.music.map((sample, i) => Math.abs(sample - (wanted[i] ?? 9)));
    const largest = differences.reduce((most, difference) => Math.max(most, difference), 0);
    expect(largest).toBeLessThanOrEqual(table.codec === 'flac' ? 0 : ROUNDING);
  });
});
