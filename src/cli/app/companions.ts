import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { SqlCatalog } from '../../catalog/sql/index.ts';
import { backfillTables, Preparation } from '../../ingest/index.ts';
import { createProcessProbe } from '../../ingest/probe-process.ts';
import { createFfmpegTranscoder } from '../../transcode/ffmpeg/transcoder.ts';
import type { NodeSet, Vault } from '../../vault/index.ts';
import type { Shell } from '../shell.ts';
import type { EstablishedKeys } from './keys.ts';
import type { Playing } from './playing.ts';
import { openQuietReader } from './quiet-reader.ts';

/** Of the time that making tables takes, this many times as much is left to listeners. */
const REST_SHARE = 1;
/** How often the log says how far it is. */
const TABLES_PER_LINE = 500;
/** When everything has its table, or was tried. */
const NEXT_LOOK_MS = 6 * 3_600_000;
/** When something was left, as for a node that is away. */
const NEXT_TRY_MS = 600_000;

/** What players need beside originals: made on demand, and in the background for what was imported earlier. */
export interface Companions extends AsyncDisposable {
  readonly preparation: Preparation;
  /** Originals without a packet table, as far as was looked. */
  readonly missing: number;
  /** Makes what is missing, unless it was looked through lately. */
  backfill(signal: AbortSignal): Promise<void>;
}

/** What they are made with. */
interface CompanionGround {
  readonly catalog: SqlCatalog;
  readonly playing: Pick<Playing, 'reader'>;
  readonly vault: Vault;
  readonly nodes: NodeSet;
  readonly keys: EstablishedKeys;
  readonly log: Logger;
  readonly shell: Pick<Shell, 'now'>;
}

export async function openCompanions(ground: CompanionGround): Promise<Companions> {
  const { catalog, playing, vault, log, shell } = ground;
  const { now } = shell;
  await using stack = new AsyncDisposableStack();
  const preparation = new Preparation({
    catalog,
    known: playing.reader,
    reader: await openQuietReader(ground),
    seal: (input) => vault.write(input),
    probe: stack.use(createProcessProbe()),
    transcoder: createFfmpegTranscoder(),
    now,
  });
  stack.use(preparation);
  const owned = stack.move();
  let missing = 0;
  let lookAtMs = 0;
  return {
    preparation,
    get missing() {
      return missing;
    },
    async backfill(signal) {
      if (now() < lookAtMs) return;
      let made = 0;
      const left = await backfillTables({
        catalog,
        preparation,
        signal,
        now,
        rest: (workedMs) => sleep(workedMs * REST_SHARE, undefined, { signal }),
        onFailure: (error) => log.warn({ err: error }, 'a packet table could not be made; it is tried again'),
        onProgress: (progress) => {
          const isNews = progress.made > made && progress.made % TABLES_PER_LINE === 0;
          ({ made, missing } = progress);
          if (isNews) log.info({ made, missing }, 'making packet tables');
        },
      });
      if (made > 0) log.info({ made, missing: left }, 'packet tables were made');
      lookAtMs = now() + (left === 0 ? NEXT_LOOK_MS : NEXT_TRY_MS);
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}
