import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { temporaryFolder } from '../support/clef-process.ts';
import { toneWav } from '../support/media-tags.ts';
import { waitFor } from '../support/wait-for.ts';
import { startWatchedShare, type WatchedShare } from '../support/watched-share.ts';
import { gate, type Proof } from './proof.ts';
import { median, quantile } from './tools.ts';

const SONG_SECONDS = 0.2;
const MOMENT_MS = 100;
/** A look at all of the share, and what it takes to bring a file in. */
const INTERVAL_MS = 60_000;
const WITHIN_INTERVAL_MS = INTERVAL_MS + 15_000;

const song = (seed: number, title: string): Buffer =>
  toneWav(SONG_SECONDS, seed, { INAM: title, IART: `Artist ${seed % 7}`, IPRD: `Album ${seed % 50}` });

/** Files that another client saves on a share, until they play. */
export const source: Proof = {
  name: 'source',
  shows:
    'files saved on a share by another client: playable within 5 s (p95), all of 1,000 at once, none half-written, and within the interval without notification',
  async run({ small, say }) {
    const singles = small ? 4 : 40;
    const many = small ? 40 : 1_000;
    await using world = await startWatchedShare();
    await using place = await temporaryFolder('proof-source');

    const savedMs: number[] = [];
    for (let i = 0; i < singles; i++)
      savedMs.push(await playableAfterMs(world, place.path, i, `Single ${i}`));
    say(`single files: median ${Math.round(median(savedMs))} ms`);

    const batch = join(place.path, 'batch');
    for (let i = 0; i < many; i++) {
      const album = join(batch, `album ${i % 50}`);
      if (i < 50) await mkdir(album, { recursive: true });
      await writeFile(join(album, `${i}.wav`), song(10_000 + i, `Batch ${i}`));
    }
    const batchBeganMs = performance.now();
    await world.smbclient('recurse ON; prompt OFF; mput *', batch);
    const copiedMs = performance.now() - batchBeganMs;
    const expected = singles + many;
    await waitFor(
      'all that was copied',
      async () => ((await trackCount(world)) >= expected ? true : undefined),
      {
        timeoutMs: 600_000,
      },
    );
    const settledMs = performance.now() - batchBeganMs;
    say(`${many} files: copied in ${Math.round(copiedMs)} ms, there after ${Math.round(settledMs)} ms`);

    const half = await halfWritten(world, say);

    await quiet(world);
    const tracks = await trackCount(world);
    const { files, failures = 0 } = await world.source();
    const withoutMs = small ? undefined : await withoutNotification(world, place.path, say);
    return {
      gates: {
        tracksOfSinglesAndBatch: gate(tracks - half.finished, expected),
        filesOfTheSource: gate(files - half.finished, expected),
        failures: gate(failures, 0),
        halfWrittenImported: gate(half.imported, 0),
        finishedLater: gate(half.finished, half.writers - half.killed),
        ...(withoutMs !== undefined && {
          withinTheIntervalWithoutNotification: gate(withoutMs <= WITHIN_INTERVAL_MS, true),
        }),
      },
      figures: {
        savedToPlayableMs: {
          files: singles,
          median: Math.round(median(savedMs)),
          p95: Math.round(quantile(savedMs, 0.95)),
          longest: Math.round(Math.max(...savedMs)),
          aimP95: 5_000,
        },
        batch: { files: many, copiedMs: Math.round(copiedMs), settledMs: Math.round(settledMs) },
        ...(withoutMs !== undefined && { savedToPlayableWithoutNotificationMs: Math.round(withoutMs) }),
      },
    };
  },
};

async function trackCount({ player }: WatchedShare): Promise<number> {
  const { scanStatus } = await player.get('getScanStatus');
  return scanStatus.scanning === true ? 0 : (scanStatus.count as number);
}

/** No import is going on, nor comes after a while. */
async function quiet({ player }: WatchedShare): Promise<void> {
  for (let quietFor = 0; quietFor < 30; ) {
    await wait(MOMENT_MS);
    const { scanStatus } = await player.get('getScanStatus');
    quietFor = scanStatus.scanning === true ? 0 : quietFor + 1;
  }
}

/** From when smbclient has saved it until its first byte comes. */
async function playableAfterMs(
  world: WatchedShare,
  folder: string,
  seed: number,
  title: string,
): Promise<number> {
  const bytes = song(seed, title);
  await writeFile(join(folder, 'single.wav'), bytes);
  await world.smbclient(`put single.wav "${title}.wav"`, folder);
  const savedMs = performance.now();
  const found = async (): Promise<string | undefined> => {
    const [id] = await world.tracksCalled(title);
    if (id === undefined) await wait(MOMENT_MS);
    return id;
  };
  const id = await waitFor(title, found, { timeoutMs: 180_000 });
  const stream = await fetch(world.player.url('stream', { id }));
  const played = Buffer.from(await stream.arrayBuffer());
  if (!played.equals(bytes)) throw new Error(`${title} plays other bytes than were saved`);
  return performance.now() - savedMs;
}

interface HalfWritten {
  readonly writers: number;
  readonly killed: number;
  /** Tracks of files that were not whole. */
  readonly imported: number;
  /** Tracks of them once they were. */
  readonly finished: number;
}

/** Writers that pause for longer than a file has to lie still, that make room first, and that are killed. */
async function halfWritten(world: WatchedShare, say: (text: string) => void): Promise<HalfWritten> {
  const pauseMs = 8_000;
  const kinds = ['pausing', 'making room', 'killed'] as const;
  const bytesOf = (kind: string): Buffer => song(50_000 + kind.length, `Half ${kind}`);
  let imported = 0;
  const watched = new AbortController();
  const whole = new Set<string>();
  const watching = (async () => {
    while (!watched.signal.aborted) {
      for (const kind of kinds) {
        if (!whole.has(kind) && (await world.tracksCalled(`Half ${kind}`)).length > 0) imported++;
      }
      await wait(MOMENT_MS);
    }
  })();
  await Promise.all(
    kinds.map(async (kind) => {
      const bytes = bytesOf(kind);
      const middle = bytes.length >> 1;
      await using client = world.client();
      const file = await client.create(`half-${kind.replace(' ', '-')}.wav`);
      await file.write(bytes.subarray(0, middle));
      // Its rest is there, as zeros, before it is written: what clients do that ask for the room first.
      if (kind === 'making room')
        await truncate(join(world.samba.folderOf('music'), 'half-making-room.wav'), bytes.length);
      await wait(pauseMs);
      if (kind === 'killed') return;
      await file.write(bytes.subarray(middle));
      whole.add(kind);
      await file.close();
    }),
  );
  // The killed one's file stays as it is: cut short, and changed a moment ago.
  await wait(pauseMs);
  say(`half-written files were imported ${imported} times`);
  for (const kind of whole) {
    await waitFor(`Half ${kind}`, async () => (await world.tracksCalled(`Half ${kind}`))[0]);
  }
  watched.abort();
  await watching;
  await world.smbclient('del half-killed.wav');
  return { writers: kinds.length, killed: 1, imported, finished: whole.size };
}

/** The same server, restarted as one that tells nothing. */
async function withoutNotification(
  world: WatchedShare,
  folder: string,
  say: (text: string) => void,
): Promise<number> {
  await world.samba.kill();
  await world.samba.start({ settings: { 'change notify': 'no' } });
  await waitFor(
    'a schedule',
    async () => {
      const { mode, reason } = await world.source();
      if (mode === 'scheduled' && reason?.includes('does not tell')) return true;
      await wait(2_000);
      return undefined;
    },
    { timeoutMs: 240_000 },
  );
  const tookMs = await playableAfterMs(world, folder, 90_000, 'Without notification');
  say(`without notification: ${Math.round(tookMs)} ms`);
  return tookMs;
}
