import { setTimeout as wait } from 'node:timers/promises';
import type { MusicSource } from '../../src/catalog/index.ts';
import type { Database, SqlCatalog } from '../../src/catalog/sql/index.ts';
import { isClefError, type TrackId, type UserId } from '../../src/core/index.ts';
import { importedTrack } from '../support/catalog-tracks.ts';
import { seededRandom } from '../support/random.ts';

const WRITERS_A_SERVER = 2;
const PAUSE_MS = 15;
const AFTER_FAILURE_MS = 50;

export type Kind = 'star' | 'playlist' | 'import' | 'pair';

/** One change that was asked for, and what its writer was told. */
export interface Attempt {
  readonly kind: Kind;
  /** Nothing else has it. */
  readonly name: string;
  readonly user: UserId;
  /** Of a star. */
  readonly track: TrackId | undefined;
  /** `done`, or the code of the failure. */
  readonly told: string;
  readonly atMs: number;
  readonly tookMs: number;
}

interface Writing {
  readonly database: Database;
  readonly catalog: SqlCatalog;
  readonly source: MusicSource;
  readonly users: readonly UserId[];
  readonly random: () => number;
  readonly label: string;
  readonly signal: AbortSignal;
  readonly record: (attempt: Attempt) => void;
}

interface Writers extends Pick<Writing, 'source' | 'users' | 'signal' | 'record'> {
  readonly seed: number;
}

/** Several at each server of Clef, each with a label and random numbers of its own; ended by the signal. */
export function startWriters(
  clefs: readonly Pick<Writing, 'database' | 'catalog'>[],
  { seed, ...by }: Writers,
): readonly Promise<void>[] {
  return clefs.flatMap((clef, at) =>
    Array.from({ length: WRITERS_A_SERVER }, (_, nr) => {
      const random = seededRandom(seed * 1_000 + at * 10 + nr);
      return write({ ...clef, ...by, random, label: `w${at}${nr}` });
    }),
  );
}

/** Changes of one shard and of several, one after another, until it is told to end. */
async function write(writing: Writing): Promise<void> {
  const { users, random, label, signal, record } = writing;
  const kinds: readonly Kind[] = ['star', 'playlist', 'import', 'pair'];
  const tracks: TrackId[] = [];
  for (let i = 0; !signal.aborted; i++) {
    const kind = tracks.length === 0 ? 'import' : (kinds[Math.floor(random() * kinds.length)] ?? 'star');
    const user = users[Math.floor(random() * users.length)] as UserId;
    // None begins another.
    const name = `${label}x${i}e`;
    const track = tracks.at(-1);
    const atMs = performance.now();
    let told = 'done';
    try {
      const made = await change(writing, kind, { name, user, track, nr: i });
      if (made !== undefined) tracks.push(made);
    } catch (error) {
      told = isClefError(error) ? error.code : String(error);
    }
    record({ kind, name, user, track, told, atMs, tookMs: performance.now() - atMs });
    // Each track is starred by one writer and once: what is there is then this attempt's.
    if (kind === 'star') tracks.pop();
    await wait(told === 'done' ? PAUSE_MS : AFTER_FAILURE_MS);
  }
}

interface Wanted {
  readonly name: string;
  readonly user: UserId;
  readonly track: TrackId | undefined;
  readonly nr: number;
}

async function change(
  { catalog, database, source, label }: Writing,
  kind: Kind,
  { name, user, track, nr }: Wanted,
): Promise<TrackId | undefined> {
  switch (kind) {
    case 'star':
      if (track !== undefined) await catalog.star(user, [{ kind: 'track', id: track }]);
      return undefined;
    case 'playlist':
      await catalog.createPlaylist(user, name, track === undefined ? [] : [track]);
      return undefined;
    case 'import':
      return catalog.importTrack(
        importedTrack(source, name, {
          tags: { title: name, album: `${label} album ${nr % 7}`, artists: [`${label} artist ${nr % 5}`] },
        }),
      );
    case 'pair':
      await addPair(database, name, nr);
      return undefined;
  }
  return kind satisfies never;
}

/** One row on each of two shards. */
async function addPair(database: Database, name: string, nr: number): Promise<void> {
  const here = (nr * 37) % 512;
  await database.transact(async (tx) => {
    for (const vb of [here, here + 512]) {
      const row = { role: 'listener', password_hash: '', created_at_ms: 0, disabled_at_ms: null } as const;
      await tx.put('user', { vb, id: await tx.nextId<UserId>(vb), name, name_key: name, ...row });
    }
  });
}

/** How often each name is there. */
export interface Present {
  readonly pairs: ReadonlyMap<string, number>;
  readonly playlists: ReadonlyMap<string, number>;
  readonly tracks: ReadonlyMap<string, number>;
  readonly files: ReadonlyMap<string, number>;
  readonly listed: ReadonlyMap<string, number>;
  readonly stars: ReadonlyMap<string, number>;
}

type Rows = Pick<Database, 'db'>;

/** In a catalogue, or in all of its data nodes. */
export async function lookAtAll(...places: readonly Rows[]): Promise<Present> {
  const rows = async <Row>(query: (db: Rows['db']) => Promise<readonly Row[]>) =>
    (await Promise.all(places.map(({ db }) => query(db)))).flat();
  const names = async (query: (db: Rows['db']) => Promise<readonly { readonly name: string }[]>) => {
    const counts = new Map<string, number>();
    for (const { name } of await rows(query)) counts.set(name, (counts.get(name) ?? 0) + 1);
    return counts;
  };
  const stars = await rows((db) =>
    db
      .selectFrom('annotation')
      .select(['user_id', 'item_id'])
      .where('starred_at_ms', 'is not', null)
      .execute(),
  );
  const starred = new Map<string, number>();
  for (const { user_id, item_id } of stars) {
    const name = `${user_id} ${item_id}`;
    starred.set(name, (starred.get(name) ?? 0) + 1);
  }
  return {
    pairs: await names((db) => db.selectFrom('user').select('name').execute()),
    playlists: await names((db) => db.selectFrom('playlist').select('name').execute()),
    tracks: await names((db) => db.selectFrom('track').select('title as name').execute()),
    files: await names((db) => db.selectFrom('source_file').select('path_key as name').execute()),
    listed: await names((db) => db.selectFrom('album_track').select('title as name').execute()),
    stars: starred,
  };
}

export interface Verdict {
  /** Told as done, and not there. */
  lost: number;
  /** There in part. */
  half: number;
  /** There more than once. */
  doubled: number;
  /** Told as failed, and there. */
  unwanted: number;
  /** Nobody could tell, and it is there. */
  doubtfulThere: number;
  doubtful: number;
}

export function judge(attempts: readonly Attempt[], present: Present): Verdict {
  const verdict: Verdict = { lost: 0, half: 0, doubled: 0, unwanted: 0, doubtfulThere: 0, doubtful: 0 };
  for (const attempt of attempts) {
    const parts = partsOf(attempt, present);
    const least = Math.min(...parts);
    const most = Math.max(...parts);
    if (least !== most) verdict.half++;
    if (least > 1) verdict.doubled++;
    if (attempt.told === 'done' && least === 0) verdict.lost++;
    if (attempt.told === 'catalog-in-doubt') {
      verdict.doubtful++;
      if (least > 0) verdict.doubtfulThere++;
    } else if (attempt.told !== 'done' && most > 0) verdict.unwanted++;
  }
  return verdict;
}

/** How often each part of it is there. */
function partsOf({ kind, name, user, track }: Attempt, present: Present): readonly number[] {
  switch (kind) {
    case 'star':
      return [present.stars.get(`${user} ${track}`) ?? 0];
    case 'playlist':
      return [present.playlists.get(name) ?? 0];
    case 'import':
      return [present.tracks.get(name) ?? 0, present.files.get(name) ?? 0, present.listed.get(name) ?? 0];
    case 'pair':
      return [Math.floor, Math.ceil].map((round) => round((present.pairs.get(name) ?? 0) / 2));
  }
  return kind satisfies never;
}
