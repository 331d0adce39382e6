import type { SubsonicClient } from '../support/subsonic-client.ts';
import { waitFor } from '../support/wait-for.ts';

/** Of an even number, the middle of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (half: number) => sorted[Math.floor(half)] ?? Number.NaN;
  return (at((sorted.length - 1) / 2) + at(sorted.length / 2)) / 2;
}

/** Nearest rank: the smallest value that at least this part of all values does not exceed. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}

/** Of times in ms. */
export function spread(valuesMs: readonly number[]) {
  const round = (ms: number) => Math.round(ms * 100) / 100;
  return {
    count: valuesMs.length,
    p50Ms: round(median(valuesMs)),
    p99Ms: round(quantile(valuesMs, 0.99)),
    maxMs: round(valuesMs.reduce((most, ms) => Math.max(most, ms), 0)),
  };
}

/** Waits until nothing is being imported and so many tracks are there; answers them. */
export async function importOf(
  client: SubsonicClient,
  tracks: number,
): Promise<readonly Record<string, unknown>[]> {
  return waitFor(
    `an import of ${tracks} tracks`,
    async () => {
      const { scanStatus } = await client.get('getScanStatus');
      if ((scanStatus as { scanning: boolean }).scanning) return undefined;
      const songs = await client.allSongs();
      return songs.length < tracks ? undefined : songs;
    },
    { timeoutMs: 30 * 60_000 },
  );
}

const WINDOW_BYTES = 16;
const MIN_DISTINCT = 8;
const WINDOWS_A_FILE = 200;

/** Pieces of a file by which it would be known again, from random places. */
export function* windowsOf(source: Uint8Array, random: () => number): Generator<Uint8Array> {
  for (let taken = 0, tries = 0; taken < WINDOWS_A_FILE && tries < WINDOWS_A_FILE * 100; tries++) {
    const at = Math.floor(random() * (source.length - WINDOW_BYTES));
    const window = source.subarray(at, at + WINDOW_BYTES);
    if (new Set(window).size < MIN_DISTINCT) continue;
    taken++;
    yield window;
  }
}

const MIN_TAG_BYTES = 8;

/** UTF-8, UTF-16 either way round, and base64 at each of its three alignments without the digits that depend on neighbours. */
export function formsOf(value: string): Buffer[] {
  const text = Buffer.from(value);
  if (text.length < MIN_TAG_BYTES) return [];
  const utf16 = Buffer.from(value, 'utf16le');
  const base64 = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), text])
      .toString('base64')
      .replace(/=+$/, '');
    return Buffer.from(encoded.slice(shift === 0 ? 0 : shift + 1, -1));
  });
  return [text, utf16, Buffer.from(utf16).swap16(), ...base64].filter((form) => form.length >= MIN_TAG_BYTES);
}
