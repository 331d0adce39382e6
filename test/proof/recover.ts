import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { runClef, startClef, temporaryFolder } from '../support/clef-process.ts';
import { SubsonicClient } from '../support/subsonic-client.ts';
import { musicCollection } from '../support/wesnoth.ts';
import { gate, type Proof, type ProofResult } from './proof.ts';
import { missingFrom, tracksOf } from './state.ts';
import { importOf } from './tools.ts';

/** Nodes and kit alone bring back everything that a listener knows. */
export const recover: Proof = {
  name: 'recover',
  shows: 'the data folder wiped: nodes and kit give back tracks, ids, tags, users, playlists and stars',
  async run({ small, say }) {
    const { folder, files } = await musicCollection(small ? 1 : 6);
    await using place = await temporaryFolder('proof-recover');
    const nodes = ['a', 'b', 'c'].map((name) => `${join(place.path, name)}#domain=${name}`).join(',');
    const storage = { CLEF_NODES: nodes, CLEF_POLICY: '2+1' };
    return await recoverLibrary({ place: place.path, folder, tracks: files.length, storage, say });
  },
};

export interface LostLibrary {
  /** A folder of the proof's own. */
  readonly place: string;
  /** With the music. */
  readonly folder: string;
  readonly tracks: number;
  readonly storage: Readonly<Record<string, string>>;
  readonly say: (text: string) => void;
}

/** Fills a library with what listeners do, loses all but its nodes and the kit, and compares what comes back. */
export async function recoverLibrary({
  place,
  folder,
  tracks,
  storage,
  say,
}: LostLibrary): Promise<ProofResult> {
  const data = join(place, 'data');
  let server = await startClef({ data, folders: [folder], settings: storage });
  const credentials = await server.credentials();
  const client = new SubsonicClient(server.baseUrl, credentials);
  const songs = await importOf(client, tracks);
  const ids = songs.map(({ id }) => String(id));
  for (const args of [
    ['user', 'add', 'ada'],
    ['user', 'add', 'grace', '--admin'],
  ]) {
    const { status, stderr } = await runClef(args, server.settings);
    if (status !== 0) throw new Error(stderr);
  }
  await client.get('star', { id: ids.slice(0, 3) });
  await client.get('setRating', { id: String(ids[0]), rating: 4 });
  await client.get('createPlaylist', { name: 'Evening', songId: ids.toReversed().slice(0, 5) });
  await client.get('scrobble', { id: String(ids[1]), time: Date.now() - 60_000 });
  const before = await stateOf(client, server.settings);
  await server.stop();

  // What a thief or a fire leaves: nodes, and the kit that lay elsewhere.
  const kit = join(place, 'kit');
  await rename(join(data, 'recovery-kit'), kit);
  const settings = { ...server.settings, CLEF_DATA: join(place, 'new-data') };
  await rename(data, join(place, 'gone'));
  const beganMs = performance.now();
  const recovery = await runClef(['vault', 'recover', '--kit', kit, '--json'], settings);
  if (recovery.status !== 0) throw new Error(`clef vault recover failed: ${recovery.stderr}`);
  const seconds = (performance.now() - beganMs) / 1_000;
  const report = JSON.parse(recovery.stdout) as { newestAt?: string };
  say(recovery.stderr.trim());

  server = await startClef({ data: settings.CLEF_DATA, settings: storage });
  try {
    const after = await stateOf(new SubsonicClient(server.baseUrl, credentials), server.settings);
    return {
      gates: {
        lostTracks: gate(missingFrom(before.tracks, after.tracks), 0),
        extraTracks: gate(missingFrom(after.tracks, before.tracks), 0),
        users: gate(after.users, before.users),
        playlists: gate(after.playlists, before.playlists),
        stars: gate(after.stars, before.stars),
        saysHowOld: gate(Number.isFinite(Date.parse(report.newestAt ?? '')), true),
      },
      figures: { tracks, seconds, tracksPerSecond: tracks / seconds, newestStateAt: report.newestAt },
    };
  } finally {
    await server.stop('SIGKILL');
  }
}

/** Ids included: a recovered library is the same library. */
async function stateOf(client: SubsonicClient, settings: Record<string, string>) {
  const tracks = (await tracksOf(client)).map(({ id, facts }) => `${id} ${facts}`);
  const users = await runClef(['user', 'list', '--json'], settings);
  const starred = (await client.get('getStarred2')).starred2 as { song?: { id: string; starred: string }[] };
  const { playlists } = await client.get('getPlaylists');
  const lists = [];
  for (const { id } of (playlists as { playlist: { id: string }[] }).playlist) {
    const { playlist } = await client.get('getPlaylist', { id });
    const { name, entry = [] } = playlist as {
      name: string;
      entry?: { id: string; userRating?: number; playCount?: number }[];
    };
    lists.push({ id, name, entries: entry.map((one) => [one.id, one.userRating ?? 0, one.playCount ?? 0]) });
  }
  return {
    tracks,
    users: users.stdout,
    stars: JSON.stringify((starred.song ?? []).map(({ id, starred }) => `${id} ${starred}`).sort()),
    playlists: JSON.stringify(lists),
  };
}
