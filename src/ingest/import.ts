import { setTimeout as sleep } from 'node:timers/promises';
import type { CatalogImporter, MusicSource, SourceFile } from '../catalog/index.ts';
import { type Bytes, isClefError } from '../core/index.ts';
import { BeingSealed } from './being-sealed.ts';
import { forEachConcurrently } from './concurrent.ts';
import { FileImporter, isFileFault } from './import-file.ts';
import type { MediaProbe } from './port.ts';
import { type ImportReport, Tally, type TallyListeners } from './report.ts';
import { type Difference, differences } from './scan/differences.ts';
import { isInScope, prefixOf, type Scope, WHOLE } from './scan/scope.ts';
import { type ScanEvent, type ScannedFile, walkSource } from './scan/walk.ts';
import type { Seal } from './seal.ts';
import { LOOK_AGAIN_MS, Settling } from './settling.ts';
import type { SourceTree } from './sources/port.ts';
import { OpenTrees } from './sources/open-trees.ts';
import { MOST_KEPT, type Survey, survey, wentAwayMeanwhile } from './survey.ts';

export interface ImportOptions extends TallyListeners {
  readonly source: MusicSource;
  /** Parts of it to look at, none of them in another. Without: all of it. */
  readonly scopes?: readonly Scope[];
  /** `source-missing` where it cannot be had now. The import disposes of what it opened. */
  readonly openTree: (source: MusicSource) => Promise<SourceTree>;
  readonly catalog: CatalogImporter;
  readonly seal: Seal;
  /** Shared with whoever else imports into the library meanwhile. */
  readonly beingSealed?: BeingSealed;
  readonly probe: MediaProbe;
  /** The library's source-hash key. */
  readonly contentHashKey: Bytes;
  /** Files being sealed at once; as many again are being read for their tags. */
  readonly concurrency: number;
  /** A person said that what is gone is gone. */
  readonly acceptLoss?: boolean;
  /** Differences remembered at once; a source with more is walked again instead. */
  readonly mostKept?: number;
  readonly signal?: AbortSignal;
  /** The time of day, which files' own times are held against. */
  readonly now: () => number;
  /** By the clock of `now`. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** Rows that are marked in one transaction. */
const MARKED_AT_ONCE = 500;

/**
 * Files in the order in which they are decided: those that lie still; those that were still being written a moment ago;
 * and those of which only the last one can tell what they are, when every other is known.
 */
type Pass = 'settled' | 'fresh' | 'final';

/**
 * Brings a source's files into vault and catalogue and marks those that are gone. Only what changed is opened, and only
 * once it looked the same for a while; what still changes then is told as unfinished and left as it is.
 * Each file is one transaction when it is done, so that an import may be aborted or killed at any moment and
 * the next one goes on where it stood. Faults of single files are reported and stop nothing; a source that
 * is away (`source-missing`) or lost too much (`source-shrunk`) is left as it was, but for what was done before that
 * showed; a full node, a lost vault or a
 * damaged catalogue stops the run with that error, and what is done stays done. An abort rejects with its reason.
 */
export async function importSource(options: ImportOptions): Promise<ImportReport> {
  if (!options.scopes) return importScopes(options, [WHOLE]);
  try {
    return await importScopes(options, options.scopes);
  } catch (error) {
    if (!isClefError(error, 'source-shrunk')) throw error;
  }
  // What is much of a part may be little of the whole, and only the whole is judged.
  return importScopes(options, [WHOLE]);
}

async function importScopes(options: ImportOptions, scopes: readonly Scope[]): Promise<ImportReport> {
  const { source, catalog, now, wait = (ms, signal) => sleep(ms, undefined, { signal }) } = options;
  const startedMs = now();
  const tally = new Tally(options);
  await using trees = new OpenTrees(options.openTree);
  const tree = await trees.open(source).catch((error: unknown) => {
    if (options.acceptLoss === true && isClefError(error, 'source-missing')) return undefined;
    throw error;
  });
  const stopping = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stopping.signal]) : stopping.signal;
  const settling = new Settling(now);

  async function* scan(): AsyncGenerator<Difference> {
    for (const scope of scopes) {
      const found = tree ? storable(walkSource(tree, { scope, signal }), catalog) : (async function* () {})();
      for await (const difference of differences(found, knownFiles(options, scope))) {
        if (difference.kind === 'new' || difference.kind === 'changed') settling.meet(difference.file);
        yield difference;
      }
    }
  }

  const surveying = {
    sourceId: source.id,
    catalog,
    acceptLoss: options.acceptLoss === true,
    mostKept: options.mostKept ?? MOST_KEPT,
  };
  const found = await survey(scan(), { ...surveying, onFound: (count) => tally.looked(count) });
  tally.planned(found);

  const importer =
    tree &&
    new FileImporter({
      beingSealed: new BeingSealed(),
      ...options,
      tree,
      treeOf: (other) => trees.open(other).catch(() => undefined),
      tally,
    });
  const back: SourceFile[] = [];
  /** As the file is now, once it looked the same for a while; undefined where it is gone, or does not yet. */
  const settled = async (file: ScannedFile, pass: Pass): Promise<ScannedFile | undefined> => {
    let current: ScannedFile | undefined = file;
    if (pass === 'fresh') {
      const state = await tree?.lookAtFile(file.path, file.isLink);
      current = state && { ...file, stamp: { ...state, sidecars: file.stamp.sidecars } };
      if (current) settling.meet(current);
    }
    if (!current || settling.isSettled(current)) return current;
    tally.unfinished(file.pathKey, LOOK_AGAIN_MS);
    return undefined;
  };
  /** False where a later pass decides. */
  const importOne = async (file: ScannedFile, pass: Pass): Promise<boolean> => {
    try {
      const current = await settled(file, pass);
      const outcome = current && (await importer?.import(current, pass === 'final', signal));
      if (outcome === 'later') return false;
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

  const left: Record<Exclude<Pass, 'settled'>, { count: number; kept: Difference[] }> = {
    fresh: { count: 0, kept: [] },
    final: { count: 0, kept: [] },
  };
  const leaveFor = (pass: Exclude<Pass, 'settled'>, difference: Difference): void => {
    left[pass].count += 1;
    if (found.kept) left[pass].kept.push(difference);
  };

  const work =
    (pass: Pass) =>
    async (difference: Difference): Promise<void> => {
      signal.throwIfAborted();
      switch (difference.kind) {
        case 'new':
        case 'changed':
          if (pass === 'settled' && !settling.isSettled(difference.file)) leaveFor('fresh', difference);
          else if (!(await importOne(difference.file, pass))) leaveFor('final', difference);
          return;
        case 'back':
          back.push(difference.known);
          tally.count('unchanged');
          if (back.length >= MARKED_AT_ONCE) await flushBack();
          if (pass === 'settled') tally.fileDone(0);
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
  await forEachConcurrently(found.kept ?? scan(), atOnce, work('settled'));
  await flushBack();
  if (left.fresh.count > 0) {
    await wait(settling.remainingMs, signal);
    await forEachConcurrently(found.kept ? left.fresh.kept : scan(), atOnce, work('fresh'));
  }
  if (left.final.count > 0) {
    await forEachConcurrently(found.kept ? left.final.kept : scan(), atOnce, work('final'));
  }
  tally.finishing();
  signal.throwIfAborted();
  if (found.vanished > 0) {
    // Hours may have passed: what is walked again is judged again, before anything is marked.
    const judged = found.kept ? found : await survey(scan(), { ...surveying, isLate: true });
    await markVanished(options, judged, judged.kept ?? scan(), tally);
  }
  return tally.report(source.id, now() - startedMs);
}

/** Without files whose paths the catalogue does not take. */
async function* storable(
  events: AsyncIterable<ScanEvent>,
  { longestPathKey }: Pick<CatalogImporter, 'longestPathKey'>,
): AsyncGenerator<ScanEvent> {
  for await (const event of events) {
    if (event.kind !== 'file' || event.file.pathKey.length <= longestPathKey) yield event;
    else {
      const reason = `its path is longer than the ${longestPathKey} characters that the catalogue takes`;
      yield { kind: 'left-out', pathKey: event.file.pathKey, reason };
    }
  }
}

async function* knownFiles(
  { catalog, source }: ImportOptions,
  scope: Scope,
): AsyncGenerator<SourceFile, void, undefined> {
  for await (const file of catalog.sourceFiles(source.id, prefixOf(scope))) {
    if (isInScope(file.pathKey, scope)) yield file;
  }
}

/** After all others, so that what was moved is not missing; never more than was judged. */
async function markVanished(
  { source, catalog, now, acceptLoss }: ImportOptions,
  { vanished }: Survey,
  found: Iterable<Difference> | AsyncIterable<Difference>,
  tally: Tally,
): Promise<void> {
  let batch: SourceFile[] = [];
  let seen = 0;
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    await catalog.markMissing(batch, now());
    tally.count('missing', batch.length);
    batch = [];
  };
  for await (const difference of found) {
    if (difference.kind !== 'vanished') continue;
    if (acceptLoss !== true && ++seen > vanished) throw wentAwayMeanwhile();
    const row = await catalog.fileAt(source.id, difference.known.pathKey);
    // A move in this run took the row along.
    if (!row || row.missingSinceMs !== undefined) continue;
    batch.push(row);
    if (batch.length >= MARKED_AT_ONCE) await flush();
  }
  await flush();
}
