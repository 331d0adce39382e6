import type { Logger } from 'pino';
import type { PlayReader } from '../../catalog/index.ts';
import { createPlayReader, playedTables, startPlayFeed, Unfollowed } from '../../catalog/play-file/index.ts';
import { createFoundReader, type FoundReader, type SearchIndex } from '../../catalog/search/index.ts';
import { openPlayFile } from '../../catalog/play-file/sqlite/index.ts';
import type { Database, SqlCatalog } from '../../catalog/sql/index.ts';
import type { Config } from '../config/config.ts';
import type { DataFolder } from '../data-folder.ts';

/** What finding and sending music asks of the catalogue, wherever that lies. */
export interface Playing extends AsyncDisposable {
  readonly reader: PlayReader;
  readonly found: FoundReader;
  /** Changes of the catalogue up to here are not needed any more. */
  readonly followedUpTo: () => number;
  /** Absent where there is no play file, since no database can go away. */
  readonly playFile?: {
    /** Whether everything would play on if the database went away now. */
    isInStep(): boolean;
    /** For how long it has been behind what this server heard of. */
    lagMs(): number;
  };
}

export interface PlayingGround {
  readonly config: Pick<Config, 'catalog'>;
  readonly data: Pick<DataFolder, 'playFile'>;
  readonly database: Database;
  readonly catalog: SqlCatalog;
  readonly search: SearchIndex;
  readonly log: Logger;
}

/** A catalogue in the data folder answers by itself. For one on a server there is a play file, which answers when that is away. */
export function openPlaying({ config, data, database, catalog, search, log }: PlayingGround): Playing {
  if (config.catalog === undefined) {
    return {
      reader: catalog,
      found: catalog,
      followedUpTo: () => Number.POSITIVE_INFINITY,
      [Symbol.asyncDispose]: async () => undefined,
    };
  }
  const file = openPlayFile({ path: data.playFile });
  const onFailure = (error: unknown) =>
    log.error({ err: error }, 'the play file is behind; it is tried again');
  const feed = startPlayFeed({ file, stream: catalog, onFailure });
  const unfollowed = new Unfollowed(feed, (listener) => database.follow(listener), playedTables);
  const reader = createPlayReader({ file, unfollowed, catalog });
  return {
    reader,
    found: createFoundReader({ catalog, search, playing: reader }),
    playFile: { isInStep: () => unfollowed.isEmpty && !file.damaged, lagMs: () => feed.lagMs() },
    followedUpTo: () => file.position()?.seq ?? 0,
    async [Symbol.asyncDispose]() {
      await feed[Symbol.asyncDispose]();
      await file[Symbol.asyncDispose]();
    },
  };
}
