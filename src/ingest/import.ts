import type { CatalogImporter, MusicSource, SourceFile } from '../catalog/index.ts';
import { type Bytes, isClefError } from '../core/index.ts';
import { BeingSealed } from './being-sealed.ts';
import { forEachConcurrently } from './concurrent.ts';
import { FileImporter, isFileFault } from './import-file.ts';
import type { MediaProbe } from './port.ts';
import { type ImportReport, Tally, type TallyListeners } from './report.ts';
import { type Difference, differences } from './scan/differences.ts';
import { openSourceFolder, type SourceFolder } from './scan/source-folder.ts';
import { type ScannedFile, walkSource } from './scan/walk.ts';
import type { Seal } from './seal.ts';
import { MOST_KEPT, survey } from './survey.ts';

export interface ImportOptions extends TallyListeners {
  readonly source: MusicSource;
  readonly catalog: CatalogImporter;
  readonly seal: Seal;
  /** Shared with whoever else imports into the library meanwhile. */
  readonly beingSealed?: BeingSealed;
  readonly probe: MediaProbe;
  /** The library's source-hash key. */
  readonly contentHashKey: Bytes;
  /** Folders of Clef's own, which a source must neither be in nor contain. */
  readonly privateFolders: readonly string[];
  /** Files being sealed at once; as many again are being read for their tags. */
  readonly concurrency: number;
  /** A person said that what is gone is gone. */
  readonly acceptLoss?: boolean;
  /** Differences remembered at once; a source with more is walked again instead. */
  readonly mostKept?: number;
  readonly signal?: AbortSignal;
  readonly now: () => number;
}

/** Rows that are marked in one transaction. */
const MARKED_AT_ONCE = 500;

async function openFolder({
  source,
  privateFolders,
  acceptLoss,
}: ImportOptions): Promise<SourceFolder | undefined> {
  try {
    return await openSourceFolder(source.root, privateFolders);
  } catch (error) {
    if (acceptLoss === true && isClefError(error, 'source-missing')) return undefined;
    throw error;
  }
}

/**
 * Brings a source's files into vault and catalogue and marks those that are gone. Only what changed is opened.
 * Each file is one transaction when it is done, so that an import may be aborted or killed at any moment and
 * the next one goes on where it stood. Faults of single files are reported and stop nothing; a source that
 * is away (`source-missing`) or lost too much (`source-shrunk`) is left as it was; a full node, a lost vault or a
 * damaged catalogue stops the run with that error, and what is done stays done. An abort rejects with its reason.
 */
export async function importSource(options: ImportOptions): Promise<ImportReport> {
  const { source, catalog, now } = options;
  const startedMs = now();
  const tally = new Tally(options);
  const folder = await openFolder(options);
  const stopping = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stopping.signal]) : stopping.signal;
  const scan = (): AsyncIterable<Difference> =>
    differences(
      folder ? walkSource(folder, signal) : (async function* () {})(),
      catalog.sourceFiles(source.id),
    );

  const found = await survey(scan(), {
    sourceId: source.id,
    catalog,
    acceptLoss: options.acceptLoss === true,
    mostKept: options.mostKept ?? MOST_KEPT,
    onFound: (filesFound) => tally.looked(filesFound),
  });
  tally.planned(found);

  const importer = folder && new FileImporter({ beingSealed: new BeingSealed(), ...options, folder, tally });
  const back: SourceFile[] = [];
  const importOne = async (file: ScannedFile, isFinal: boolean): Promise<boolean> => {
    try {
      if ((await importer?.import(file, isFinal, signal)) === 'later') return false;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!isFileFault(error)) {
        stopping.abort(error);
        throw error;
      }
      tally.failed(file.pathKey, error.code, error.message);
    }
    tally.fileDone(file.stamp.lengthBytes);
    return true;
  };

  const flushBack = async (): Promise<void> => {
    if (back.length > 0) await catalog.markPresent(back.splice(0));
  };

  let waiting: Difference[] = [];
  let waitingCount = 0;
  const work =
    (isFinal: boolean) =>
    async (difference: Difference): Promise<void> => {
      signal.throwIfAborted();
      switch (difference.kind) {
        case 'new':
        case 'changed':
          if (await importOne(difference.file, isFinal)) return;
          waitingCount += 1;
          if (found.kept) waiting.push(difference);
          return;
        case 'back':
          back.push(difference.known);
          tally.count('unchanged');
          if (back.length >= MARKED_AT_ONCE) await flushBack();
          if (!isFinal) tally.fileDone(0);
          return;
        case 'unreadable':
          tally.failed(difference.pathKey, 'media-unreadable', difference.reason);
          return;
        case 'left-out':
          tally.note(difference.pathKey, 'left-out', difference.reason);
          return;
        case 'same':
        case 'vanished':
      }
    };

  const atOnce = Math.max(1, options.concurrency) * 2;
  await forEachConcurrently(found.kept ?? scan(), atOnce, work(false));
  await flushBack();
  if (waitingCount > 0) {
    const rest = waiting;
    waiting = [];
    await forEachConcurrently(found.kept ? rest : scan(), atOnce, work(true));
  }
  tally.finishing();
  signal.throwIfAborted();
  if (found.vanished > 0) await markVanished(options, found.kept ?? scan(), tally);
  return tally.report(source.id, now() - startedMs);
}

/** After all others, so that what was moved is not missing. */
async function markVanished(
  { source, catalog, now }: ImportOptions,
  found: Iterable<Difference> | AsyncIterable<Difference>,
  tally: Tally,
): Promise<void> {
  let batch: SourceFile[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    await catalog.markMissing(batch, now());
    tally.count('missing', batch.length);
    batch = [];
  };
  for await (const difference of found) {
    if (difference.kind !== 'vanished') continue;
    const row = await catalog.fileAt(source.id, difference.known.pathKey);
    // A move in this run took the row along.
    if (!row || row.missingSinceMs !== undefined) continue;
    batch.push(row);
    if (batch.length >= MARKED_AT_ONCE) await flush();
  }
  await flush();
}
