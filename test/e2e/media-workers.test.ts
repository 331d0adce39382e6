import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ClefServer, startClef, temporaryFolder } from '../support/clef-process.ts';
import { childrenOf, clientPortsOf, isRunning, residentBytes } from '../support/processes.ts';
import { SlowPlayer } from '../support/slow-player.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { waitFor } from '../support/wait-for.ts';
import { toneWav } from '../support/wav.ts';

/** Far over what the kernel holds for a loopback connection, so that a stream under way is one. */
const SECONDS = 300;
const music = toneWav(SECONDS);

describe.skipIf(process.platform !== 'linux')('a server with media workers', () => {
  let place: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: ClefServer;
  let streamUrl: (baseUrl: string) => string;
  let url: string;
  let players: SlowPlayer[] = [];
  const main = () => server.process.pid ?? 0;
  const workers = () =>
    childrenOf(main())
      .filter(({ command }) => command.includes('media-worker'))
      .map(({ pid }) => pid);
  const start = async (folders: readonly string[] = []) => {
    server = await startClef({
      data: join(place.path, 'data'),
      folders,
      settings: { CLEF_WORKERS: '2' },
    });
  };

  // One library for all; who stopped or killed its server is followed by another server.
  beforeAll(async () => {
    place = await temporaryFolder('workers');
    const folder = join(place.path, 'music');
    await mkdir(folder);
    await writeFile(join(folder, 'long.wav'), music);
    await start([folder]);
    const credentials = await server.credentials();
    const client = new SubsonicClient(server.baseUrl, credentials);
    const id = await waitFor('an import', async () => {
      const [song] = await client.allSongs();
      return song && String(song['id']);
    });
    streamUrl = (baseUrl) => new SubsonicClient(baseUrl, credentials).url('stream', { id });
  });
  beforeEach(async () => {
    if (!isRunning(main())) await start();
    url = streamUrl(server.baseUrl);
    await expect.poll(() => server.log(), { timeout: 30_000 }).toContain('media workers answer too');
  });
  afterEach(() => {
    for (const player of players) player.stop();
    players = [];
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  /** Those of the players whom a process serves. */
  function playersOf(pid: number): SlowPlayer[] {
    const ports = new Set(clientPortsOf(pid, Number(new URL(url).port)));
    return players.filter(({ port }) => ports.has(port));
  }

  async function play(count: number): Promise<void> {
    for (let i = 0; i < count; i++) players.push(await SlowPlayer.start(url));
  }

  it('deals its connections out evenly, and each worker sends the same bytes, whole and in parts', async () => {
    const pids = workers();
    expect(pids).toHaveLength(2);
    await play(6);
    for (const pid of pids) {
      const [player, ...others] = playersOf(pid);
      expect(others).toHaveLength(2);
      expect(player?.head).toMatch(/^HTTP\/1\.1 200 OK/);
      expect(player?.head).toContain(`content-length: ${music.length}`);
      expect(player?.head).not.toMatch(/x-clef-/i);
      expect(Buffer.compare((await player?.finish()) ?? Buffer.alloc(0), music)).toBe(0);
    }
    for (let start = 0; start < music.length; start += 2_345_678) {
      const end = Math.min(music.length, start + 1_234_567);
      const part = await SlowPlayer.start(url, `${start}-${end - 1}`);
      expect(part.head).toMatch(/^HTTP\/1\.1 206/);
      expect(Buffer.compare(await part.finish(), music.subarray(start, end))).toBe(0);
    }
  });

  it('holds little for players that take nothing', async () => {
    const pids = [main(), ...workers()];
    const resident = () => pids.reduce((sum, pid) => sum + residentBytes(pid), 0);
    players = await Promise.all(Array.from({ length: 8 }, () => SlowPlayer.start(url)));
    const before = resident();
    while (players.length < 60) players.push(await SlowPlayer.start(url));
    // By then whoever reads ahead has read ahead.
    const other = await SlowPlayer.start(url);
    expect(await other.finish()).toHaveLength(music.length);
    expect(resident() - before).toBeLessThan((60 * music.length) / 8);
  });

  it('finishes running streams when it is told to stop, though Ctrl-C reaches its workers too', async () => {
    const pids = workers();
    const exited = once(server.process, 'exit');
    // More than the kernel holds, and little enough that a busy machine sends it before streams are cut.
    const length = 12 * 2 ** 20;
    for (let i = 0; i < 4; i++) players.push(await SlowPlayer.start(url, `0-${length - 1}`));
    for (const pid of [...pids, main()]) process.kill(pid, 'SIGINT');
    const bodies = await Promise.all(players.map((player) => player.finish()));
    for (const body of bodies) expect(Buffer.compare(body, music.subarray(0, length))).toBe(0);
    await exited;
    expect(server.process.exitCode).toBe(0);
    for (const pid of pids) expect(isRunning(pid)).toBe(false);
    expect(server.log()).not.toContain('a media worker died');
  });

  it('loses no more than its own streams with a worker that is killed, and replaces it', async () => {
    const pids = workers();
    const [victim = 0] = pids;
    await play(6);
    const lost = new Set(playersOf(victim));
    expect(lost.size).toBe(3);
    process.kill(victim, 'SIGKILL');
    const finished = await Promise.all(
      players.map(async (player) => ({ isLost: lost.has(player), body: await player.finish() })),
    );
    for (const { isLost, body } of finished) {
      if (isLost) expect(body.length).toBeLessThan(music.length);
      else expect(Buffer.compare(body, music)).toBe(0);
    }
    await expect.poll(() => server.log()).toContain('a media worker died and is started again');
    const findSuccessor = () => workers().find((pid) => !pids.includes(pid));
    await expect.poll(findSuccessor).toBeDefined();
    const successor = findSuccessor() ?? 0;
    players = [];
    while (playersOf(successor).length === 0 && players.length < 100) await play(1);
    const [player] = playersOf(successor);
    expect(Buffer.compare((await player?.finish()) ?? Buffer.alloc(0), music)).toBe(0);
    const metrics = await (await fetch(`${server.baseUrl}/metrics`)).text();
    expect(metrics).toMatch(/clef_http_media_failures_total 3\b/);
  });

  it('answers by itself while all its workers are dead', async () => {
    for (const pid of workers()) process.kill(pid, 'SIGKILL');
    const [player, ...others] = await Promise.all(Array.from({ length: 20 }, () => SlowPlayer.start(url)));
    players = others;
    expect(Buffer.compare((await player?.finish()) ?? Buffer.alloc(0), music)).toBe(0);
    expect(playersOf(main()).length + workers().flatMap(playersOf).length).toBe(others.length);
  });

  it('leaves no worker behind when it is killed', async () => {
    const pids = workers();
    await server.stop('SIGKILL');
    await expect.poll(() => pids.filter(isRunning)).toEqual([]);
  });
});
