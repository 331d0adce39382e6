import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { toHex } from '../../../core/index.ts';
import type { Change } from '../../port.ts';
import { creditsFromJson } from '../credits.ts';
import type { Database } from '../database.ts';
import { emptyAlbum } from '../listings/album-sums.ts';
import { emptyArtist } from '../listings/artist-sums.ts';
import type { CompanionState } from '../listings/asset-uses.ts';
import { Listings } from '../listings/listings.ts';
import { addPlays } from '../listings/plays.ts';
import { putPublicLine } from '../listings/public-playlists.ts';
import type { TrackState } from '../listings/track-lines.ts';
import { rowToJson } from '../row-json.ts';
import type { LoggedName } from '../schema.ts';
import type { CatalogTransaction } from '../transaction.ts';
import { rowKey } from '../views.ts';
import { putMeta } from './change-stream.ts';
import { type IncomingChange, parseChange, type SqlValue } from './incoming.ts';
import { noteUsedSequence, raiseSequences } from './sequences.ts';
import { makeRoomForName } from './user-names.ts';

/** Changes in one transaction. */
const CHANGES_PER_TRANSACTION = 500;

type Values = Readonly<Record<string, SqlValue>>;

/** Columns of logged rows that are derived all the same, with their values before there is anything to sum up. */
const derivedColumns: Partial<Record<LoggedName, Values>> = { album: emptyAlbum, artist: emptyArtist };

/** Merges what a library log brings: see ChangeStream.apply. */
export async function applyChanges(database: Database, changes: readonly Change[]): Promise<void> {
  for (let start = 0; start < changes.length; start += CHANGES_PER_TRANSACTION) {
    if (start > 0) await setImmediate();
    const batch = changes.slice(start, start + CHANGES_PER_TRANSACTION).map(parseChange);
    await database.transact(
      async (tx) => {
        tx.afterCommit(() => database.forgetEverything());
        const listings = new Listings(tx, { isReplay: true });
        const free = new Map<number, number>();
        for (const change of batch) {
          noteUsedSequence(change, free);
          if (change.table.name !== 'id_sequence') await merge(tx, listings, change);
        }
        await listings.sumUp();
        await raiseSequences(tx, free);
        // What follows the outbox has not been told of these changes, and must look at everything anew.
        await tx.run(putMeta, { name: 'catalog-id', value: toHex(randomBytes(16)) });
      },
      { isPatient: true },
    );
  }
}

async function merge(tx: CatalogTransaction, listings: Listings, change: IncomingChange): Promise<void> {
  const { table, key, rowKey, rowVersion, values } = change;
  const place = { vb: key.vb, table_name: table.name, row_key: rowKey };
  const tombstone = await tx.rows.get('tombstone', place);
  if (!values) {
    if (tombstone && tombstone.row_version >= rowVersion) return;
    tx.rows.write('tombstone', { ...place, row_version: rowVersion });
  } else if (tombstone) {
    return;
  }
  // SELECT * of a logged table holds its columns and the version.
  const before = (await tx.rows.get(table.name, key)) as (Values & { row_version: number }) | undefined;
  if (!values) {
    if (!before) return;
    tx.rows.delete(table.name, key);
    await derive(tx, listings, table.name, before, undefined);
    return;
  }
  if (before && !isNewer(change, values, before)) return;
  const derived = derivedColumns[table.name];
  const kept = derived && Object.keys(derived).map((column) => [column, (before ?? derived)[column]]);
  const after: Values = { ...values, ...(kept ? Object.fromEntries(kept) : {}) };
  const written = table.name === 'user' ? await makeRoomForName(tx, after) : after;
  // The columns of this table, as they were checked to be.
  tx.rows.write(table.name, { ...written, row_version: rowVersion } as never);
  await derive(tx, listings, table.name, before, written);
}

/** The higher version, and of two states of one version the same one everywhere. */
function isNewer(
  { table, rowVersion }: IncomingChange,
  values: Values,
  before: Values & { readonly row_version: number },
): boolean {
  if (rowVersion !== before.row_version) return rowVersion > before.row_version;
  const derived = derivedColumns[table.name];
  const textOf = (row: Values) => JSON.stringify({ ...rowToJson(table, row), ...derived });
  return textOf(values) > textOf(before);
}

/** Brings the derived tables along with one row. */
async function derive(
  tx: CatalogTransaction,
  listings: Listings,
  name: LoggedName,
  before: Values | undefined,
  after: Values | undefined,
): Promise<void> {
  const row = after ?? before;
  if (!row) return;
  const id = Number(row['id']);
  switch (name) {
    case 'track':
      // Read from this table, or checked against its columns.
      await listings.replaceTrack(before as TrackState | undefined, after as TrackState | undefined);
      break;
    case 'companion':
      // Checked like the others.
      await listings.replaceCompanion(
        before as CompanionState | undefined,
        after as CompanionState | undefined,
      );
      break;
    case 'album':
      listings.touched.album(id);
      break;
    case 'artist':
      listings.touched.artistRow(id);
      break;
    case 'annotation':
      if (row['kind'] === 'track') {
        await changePlays(tx, Number(row['item_id']), playCount(after) - playCount(before));
      }
      break;
    case 'playlist':
      putPublicLine(tx, id, after?.['is_public'] === 1);
      break;
    default:
      break;
  }
}

function playCount(annotation: Values | undefined): number {
  return Number(annotation?.['play_count'] ?? 0);
}

async function changePlays(tx: CatalogTransaction, trackId: number, by: number): Promise<void> {
  if (by === 0) return;
  const track = await tx.rows.get('track', rowKey(trackId));
  const credits = track ? [...creditsFromJson(track.artists), ...creditsFromJson(track.composers)] : [];
  await addPlays(tx, trackId, by, new Set(credits.map(({ id }) => id)));
}
