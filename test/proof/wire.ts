import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import type { PlayAnswer, ReadyToPlay } from '../../src/api/index.ts';
import { ApiBrowser } from '../support/api-browser.ts';
import { launchProfile } from '../support/chromium.ts';
import { startClef, temporaryFolder } from '../support/clef-process.ts';
import { inProof } from '../support/debian.ts';
import { encodeMedia, type MediaFormat, suffixFor } from '../support/make-music.ts';
import { Needles } from '../support/needles.ts';
import { seededRandom } from '../support/random.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { waitFor } from '../support/wait-for.ts';
import { keepAlbum, playTrack, shown, signIn } from '../support/web-player.ts';
import { type Heard, tapWire } from '../support/wire-tap.ts';
import { gate, type Proof } from './proof.ts';
import { revoke, tryWrongTickets } from './refusals.ts';
import { importOf, windowsOf } from './tools.ts';

const FORMATS: readonly MediaFormat[] = ['flac', 'mp3-vbr', 'm4a-aac', 'opus', 'ogg', 'wav'];
/** Less than the player fetches ahead, so that all of a track goes over the wire. */
const SECONDS = 25;
const SEALED = /^\/[cv]\/v1\//;
/** All of OpenSubsonic: `stream` and `download` of it send what players without keys can play. */
const PLAINTEXT = /^\/rest\//;

/** What goes to the web player, and what stays in its browser, is sealed; who is revoked gets no more of it, and keeps none. */
export const wire: Proof = {
  name: 'wire',
  shows: 'sealed bytes alone reach the player and its caches; a revoked device is refused within 1 s',
  async run({ small, seed, say }) {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await temporaryFolder('proof-wire'));
    const music = join(folder.path, 'music');
    const formats = small ? FORMATS.slice(0, 2) : FORMATS;
    const needles = new Needles();
    const missed = await makeMusic(music, formats, needles, seededRandom(seed));
    const server = stack.use(
      await startClef({
        data: join(folder.path, 'data'),
        folders: [music],
        settings: { CLEF_WORKERS: small ? '1' : '2' },
      }),
    );
    const credentials = await server.credentials();
    const songs = await importOf(new SubsonicClient(server.baseUrl, credentials), formats.length);

    const tap = stack.use(await tapWire(server.baseUrl));
    const profile = join(folder.path, 'profile');
    const browser = await launchProfile(inProof, profile);
    stack.defer(() => browser.close());
    const asked = await listen(browser, tap.url, formats, say);
    const listener = new ApiBrowser(server.baseUrl);
    listener.cookie = (await browser.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
    const answers = tap.heard.filter(({ path }) => path === '/api/v1/play').flatMap(readyOf);
    const inHand = answers.at(-1);
    const foreign = answers.find(({ trackId }) => trackId !== inHand?.trackId);
    if (!inHand || !foreign) throw new Error('fewer than two tracks were played');
    const ciphertext = ciphertextOf(tap.heard, answers);
    const before = await waitFor('what is kept to be written down', async () => {
      const seen = await lookInto(profile, needles, ciphertext);
      return seen.sealedInCacheStorage > 0 ? seen : undefined;
    });
    const wrongTickets = await tryWrongTickets(listener, inHand, foreign);
    const revoked = await revoke(server.baseUrl, listener, inHand);
    await browser.pages()[0]?.getByText('Sign in to go on').waitFor();
    await waitFor('what was kept to be removed', async () => {
      const { sealedInCacheStorage } = await lookInto(profile, needles, ciphertext);
      return sealedInCacheStorage === 0 || undefined;
    });
    await browser.close();

    const heard = [...tap.heard];
    const onWire = [...heard.map(({ body }) => body), ...ciphertext];
    const after = await lookInto(profile, needles, ciphertext);
    const plaintextCalls = [...asked, ...heard.map(({ path }) => path)].filter((path) =>
      PLAINTEXT.test(path),
    );
    // The same tap and the same search see plaintext where there is some.
    const other = new SubsonicClient(tap.url, credentials);
    for (const { id } of songs) await (await fetch(other.url('download', { id: String(id) }))).arrayBuffer();
    return {
      gates: {
        missedInSource: gate(missed, 0),
        missedInDownloads: gate(needles.count - found(needles, tap.heard.slice(heard.length)), 0),
        foundOnTheWire: gate(
          sum(onWire, (body) => needles.findIn(body).length),
          0,
        ),
        foundInTheProfile: gate(before.found + after.found, 0),
        sealedBytesInItsCache: gate(before.sealedElsewhere > 0, true),
        keptAfterRevocation: gate(after.sealedInCacheStorage, 0),
        plaintextCalls: gate(plaintextCalls.length, 0),
        wrongTicketsAnswered: gate(wrongTickets.answered, 0),
        // Small counts run on machines that are busy with other tests.
        ...(!small && { refusedWithin1s: gate(Math.max(...Object.values(revoked.afterMs)) < 1_000, true) }),
        refusedEverAfter: gate(revoked.refused, revoked.wanted),
      },
      figures: {
        formats,
        needles: needles.count,
        requests: asked.length,
        answers: heard.length,
        answeredBytes: sum(heard, ({ body }) => body.length),
        sealedBytes: sum(ciphertext, ({ length }) => length),
        playAnswers: answers.length,
        profile: { before, after },
        wrongTickets: wrongTickets.tried,
        refusedAfterMs: revoked.afterMs,
        refusals: revoked.refused,
      },
    };
  },
};

/** Answers how many windows the search did not find in the very files that they are from. */
async function makeMusic(
  folder: string,
  formats: readonly MediaFormat[],
  needles: Needles,
  random: () => number,
): Promise<number> {
  let missed = 0;
  for (const [at, format] of formats.entries()) {
    const file = join(folder, `${format}.${suffixFor(format)}`);
    const tags = { title: `in ${format}`, album: 'One' };
    await encodeMedia(file, { format, seconds: SECONDS, toneHz: 220 + 70 * at, tags });
    const source = await readFile(file);
    const windows = new Needles();
    for (const window of windowsOf(source, random)) {
      needles.add(window);
      windows.add(window);
    }
    missed += windows.count - windows.findIn(source).length;
  }
  return missed;
}

/** Plays some of every track, and keeps all of them on the device. Answers every path that the browser asked for. */
async function listen(
  browser: BrowserContext,
  url: string,
  formats: readonly MediaFormat[],
  say: (text: string) => void,
): Promise<readonly string[]> {
  const page = browser.pages()[0] ?? (await browser.newPage());
  const asked: string[] = [];
  browser.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await signIn(page, url);
  for (const format of formats) {
    await playTrack(page, url, `in ${format}`);
    await waitFor('two seconds of music', async () => (await shown(page)).seconds >= 2 || undefined);
    say(`played ${format}`);
  }
  await keepAlbum(page, url, 'One');
  return asked;
}

function readyOf({ body, status }: Heard): ReadyToPlay[] {
  if (status !== 200) return [];
  const answer = JSON.parse(body.toString()) as PlayAnswer;
  return answer.kind === 'ready' ? [answer] : [];
}

/** What was fetched of assets, and what came with the keys to them. */
function ciphertextOf(heard: readonly Heard[], answers: readonly ReadyToPlay[]): Uint8Array[] {
  return [
    ...heard.filter(({ path, status }) => SEALED.test(path) && status < 300).map(({ body }) => body),
    ...answers.flatMap(({ firstChunk, table }) =>
      [firstChunk, table.sealed].map((text) => Buffer.from(text, 'base64url')),
    ),
  ];
}

/** All that the browser wrote down: its HTTP cache, Cache Storage, databases. Sealed bytes show that it is read right. */
async function lookInto(profile: string, needles: Needles, ciphertext: readonly Uint8Array[]) {
  const pieces = new Needles();
  for (const body of ciphertext) if (body.length >= 32) pieces.add(body.subarray(16, 32));
  const seen = { files: 0, bytes: 0, found: 0, sealedInCacheStorage: 0, sealedElsewhere: 0 };
  for (const entry of await readdir(profile, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    // A browser that still runs removes some of them meanwhile.
    const content = await readFile(join(entry.parentPath, entry.name)).catch(() => new Uint8Array());
    seen.files++;
    seen.bytes += content.length;
    seen.found += needles.findIn(content).length;
    const isKept = entry.parentPath.includes('CacheStorage');
    seen[isKept ? 'sealedInCacheStorage' : 'sealedElsewhere'] += pieces.findIn(content).length;
  }
  return seen;
}

function found(needles: Needles, heard: readonly Heard[]): number {
  return new Set(heard.flatMap(({ body }) => needles.findIn(body).map((needle) => needle.toString('hex'))))
    .size;
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
