import type {
  CatalogImporter,
  ImportedTrack,
  LyricsView,
  MusicSource,
  SourceFile,
} from '../catalog/index.ts';
import { type Bytes, type ClefError, isClefError, toHex, unreachable } from '../core/index.ts';
import type { BeingSealed } from './being-sealed.ts';
import { Gate } from './concurrent.ts';
import { readSidecar, SourceContent } from './content.ts';
import { Covers, readCoverFile, type SealedCover } from './covers.ts';
import { Identifier, type Identity } from './identify.ts';
import type { MediaProbe, ProbedMedia } from './port.ts';
import type { Tally } from './report.ts';
import { displacedPathKey } from './scan/path-key.ts';
import type { ScannedFile } from './scan/walk.ts';
import type { Seal } from './seal.ts';
import { sealOriginal } from './seal-original.ts';
import { freshForMs, LOOK_AGAIN_MS } from './settling.ts';
import type { SourceTree } from './sources/port.ts';
import { cleanText } from './tags/clean.ts';
import { LONGEST_LYRICS, parseLyricsText } from './tags/lyrics.ts';
import { endsInZeros } from './unfinished.ts';

export interface FileImporterOptions {
  readonly source: MusicSource;
  readonly tree: SourceTree;
  /** Of any source; undefined where it cannot be had now. */
  readonly treeOf: (source: MusicSource) => Promise<SourceTree | undefined>;
  readonly catalog: CatalogImporter;
  readonly seal: Seal;
  readonly beingSealed: BeingSealed;
  readonly probe: MediaProbe;
  readonly contentHashKey: Bytes;
  readonly now: () => number;
  readonly tally: Tally;
}

/** A file that changed under the reader is read once more, then told. */
const ATTEMPTS = 2;

/** 'later': another pass decides, when every other file is known. 'unfinished': it is still being written, and was told. */
export type FileOutcome = 'done' | 'later' | 'unfinished';

type FileRow = Omit<SourceFile, 'trackId' | 'missingSinceMs'>;

/** Titles for files without: the name as it is, but for its ending. */
export function titleFromName(name: Buffer): string {
  const dot = name.lastIndexOf(0x2e);
  return cleanText((dot > 0 ? name.subarray(0, dot) : name).toString('utf8')) ?? '?';
}

async function readLyricsFile(tree: SourceTree, path: Buffer): Promise<LyricsView | undefined> {
  const bytes = await readSidecar(tree, path, LONGEST_LYRICS);
  return bytes && parseLyricsText(new TextDecoder().decode(bytes));
}

/** Brings one file after another into vault and catalogue; calls may overlap. */
export class FileImporter {
  readonly #options: FileImporterOptions;
  readonly #covers: Covers;
  readonly #identifier: Identifier;
  /** Who asks the catalogue and acts on the answer does so alone, or two files could be the same track's. */
  readonly #lane = new Gate(1);

  constructor(options: FileImporterOptions) {
    const { source, catalog, seal, contentHashKey, treeOf, now } = options;
    const { libraryId } = source;
    this.#options = options;
    this.#covers = new Covers({ libraryId, catalog, seal, contentHashKey, now });
    this.#identifier = new Identifier({ source, libraryId, catalog, treeOf });
  }

  /** Rejects with faults of a single file, which stop nothing, and with all others, which do. */
  async import(file: ScannedFile, isFinal: boolean, signal: AbortSignal): Promise<FileOutcome> {
    const { tree } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        if (await tree.isBeingWritten(file.path)) return this.#unfinished(file, LOOK_AGAIN_MS);
        await using content = await SourceContent.open(tree, file);
        if (!content) return 'done';
        const freshMs = this.#freshForMs(file, content);
        if (freshMs > 0 && (await endsInZeros(content, file.suffix))) return this.#unfinished(file, freshMs);
        return await this.#importContent(file, content, isFinal, signal);
      } catch (error) {
        if (!isClefError(error, 'vault-source-changed') || attempt === ATTEMPTS) throw error;
      }
    }
  }

  #freshForMs({ hasOwnClock }: ScannedFile, { stamp }: SourceContent): number {
    return freshForMs({ stamp, hasOwnClock }, this.#options.now());
  }

  #unfinished({ pathKey }: ScannedFile, lookAgainMs: number): 'unfinished' {
    this.#options.tally.unfinished(pathKey, lookAgainMs);
    return 'unfinished';
  }

  async #importContent(
    file: ScannedFile,
    content: SourceContent,
    isFinal: boolean,
    signal: AbortSignal,
  ): Promise<FileOutcome> {
    const contentHash = await content.hash(this.#options.contentHashKey, signal);
    const row: FileRow = {
      ...content.stamp,
      sourceId: this.#options.source.id,
      pathKey: file.pathKey,
      contentHash,
    };
    const key = toHex(contentHash);
    for (;;) {
      const decision = await this.#lane.pass(() => this.#decide(key, row, isFinal), signal);
      if (decision.kind === 'wait') {
        await decision.sealed;
        continue;
      }
      if (decision.kind === 'later') return 'later';
      if (decision.kind === 'sealing') {
        try {
          return await this.#sealTrack(file, content, row, decision.identity, signal);
        } finally {
          decision.release();
        }
      } else if (decision.retag !== undefined) {
        await this.#importTags(file, content, row, decision.retag, signal);
      }
      return 'done';
    }
  }

  /** In the lane: what the file is, and, where that takes no sealing, the catalogue's change for it. */
  async #decide(key: string, row: FileRow, isFinal: boolean) {
    const { beingSealed } = this.#options;
    const sealed = beingSealed.wait(key);
    if (sealed) return { kind: 'wait', sealed } as const;
    const identity = await this.#identifier.identify({ ...row, stamp: row }, isFinal);
    switch (identity.kind) {
      case 'later':
        return { kind: 'later' } as const;
      case 'new':
      case 'retagged': {
        // Others than this importer may have claimed it while the catalogue was asked.
        const claimed = beingSealed.wait(key);
        if (claimed) return { kind: 'wait', sealed: claimed } as const;
        return { kind: 'sealing', identity, release: beingSealed.claim(key) } as const;
      }
      case 'touched':
      case 'moved':
      case 'duplicate':
        return { kind: 'settled', retag: await this.#settle(identity, row) } as const;
    }
    return unreachable(identity);
  }

  /** Known bytes: only rows change. Answers the file whose sidecars are not those of before. */
  async #settle(
    identity: Exclude<Identity, { kind: 'new' | 'retagged' | 'later' }>,
    row: FileRow,
  ): Promise<SourceFile | undefined> {
    const { catalog, tally } = this.#options;
    if (identity.kind === 'duplicate') {
      await this.#displace(identity.displaced);
      await catalog.addDuplicate({ ...row, trackId: identity.of.trackId });
      tally.count('duplicates');
      tally.note(row.pathKey, 'duplicate', 'the same music as another file; it is kept once');
      return undefined;
    }
    const from = identity.kind === 'moved' ? identity.from : identity.known;
    if (identity.kind === 'moved') {
      await this.#displace(identity.displaced);
      tally.count('tracksMoved');
    } else tally.count(from.sidecars === row.sidecars ? 'unchanged' : 'tracksChanged');
    if (from.sidecars === row.sidecars) {
      await catalog.moveFile(from, row);
      return undefined;
    }
    // The stamp of before stays until the new cover and lyrics are in, so that a run cut short here is resumed.
    if (identity.kind === 'moved') await catalog.moveFile(from, { ...row, sidecars: from.sidecars });
    return from;
  }

  /** Another file took this row's path; its bytes may turn up elsewhere, now or years later. */
  async #displace(displaced: SourceFile | undefined): Promise<void> {
    if (!displaced) return;
    const { catalog, now } = this.#options;
    const pathKey = displacedPathKey(displaced.pathKey, displaced.contentHash);
    await catalog.moveFile(displaced, { ...displaced, pathKey });
    await catalog.markMissing([{ ...displaced, pathKey }], now());
  }

  async #describe(
    file: ScannedFile,
    content: SourceContent,
    signal: AbortSignal,
  ): Promise<{ found: ProbedMedia; cover: SealedCover | undefined }> {
    const probed = await this.#options.probe.probe(content, signal).catch(async (error: unknown) => {
      // Half a file, while another program writes it, is not a broken one.
      await content.assertUnchanged();
      throw error;
    });
    const { tree } = this.#options;
    const lyrics = file.lyricsPath && (await readLyricsFile(tree, file.lyricsPath));
    const found = lyrics
      ? { ...probed, tags: { ...probed.tags, lyrics: [lyrics, ...probed.tags.lyrics].slice(0, 8) } }
      : probed;
    const image = found.cover ?? (file.coverPath && (await readCoverFile(tree, file.coverPath)));
    return { found, cover: image && (await this.#covers.sealed(image, signal)) };
  }

  async #sealTrack(
    file: ScannedFile,
    content: SourceContent,
    row: FileRow,
    identity: Extract<Identity, { kind: 'new' | 'retagged' }>,
    signal: AbortSignal,
  ): Promise<FileOutcome> {
    const { tally } = this.#options;
    const { found, cover } = await this.#describe(file, content, signal);
    signal.throwIfAborted();
    const freshMs = this.#freshForMs(file, content);
    if (found.isCutShort && freshMs > 0) return this.#unfinished(file, freshMs);
    const fallbackTitle = titleFromName(file.name);
    const { contentHash } = row;
    const described = { content, contentHash, found, fallbackTitle, cover };
    const sealed = await sealOriginal(described, { ...this.#options, signal });
    const from = identity.kind === 'retagged' ? identity.from : undefined;
    await this.#lane.pass(async () => {
      if (identity.kind === 'retagged') {
        await this.#displace(identity.displaced);
        // The stamp of before, so that a run cut short between the two is resumed.
        if (from && from.pathKey !== row.pathKey)
          await this.#options.catalog.moveFile(from, { ...from, pathKey: row.pathKey });
      }
      await this.#writeTrack(row, found, fallbackTitle, sealed, cover, from);
    });
    tally.count(from ? 'tracksChanged' : 'tracksAdded');
    if (found.isCutShort)
      tally.note(file.pathKey, 'cut-short', 'it ends before the music does; it plays as far as it goes');
    return 'done';
  }

  /** The same bytes beside another cover or lyrics file: only what is told about them changes. */
  async #importTags(
    file: ScannedFile,
    content: SourceContent,
    row: FileRow,
    known: SourceFile,
    signal: AbortSignal,
  ): Promise<void> {
    const original = await this.#options.catalog.originalOf(known.trackId);
    const { found, cover } = await this.#describe(file, content, signal);
    if (!original) {
      // A person removed the track; its file stays known and stays out.
      const at = { ...row, trackId: known.trackId };
      await this.#lane.pass(() => this.#options.catalog.moveFile(at, row));
      return;
    }
    const title = titleFromName(file.name);
    await this.#lane.pass(() => this.#writeTrack(row, found, title, { original }, cover, known));
  }

  async #writeTrack(
    file: FileRow,
    { tags, audio }: ProbedMedia,
    fallbackTitle: string,
    sealed: Pick<ImportedTrack, 'original' | 'companions'>,
    cover: SealedCover | undefined,
    keep: SourceFile | undefined,
  ): Promise<void> {
    const track: ImportedTrack = {
      file,
      tags,
      fallbackTitle,
      audio,
      ...sealed,
      ...(cover && { cover: cover.asset, coverHash: cover.hash }),
      ...(keep && { keepTrackId: keep.trackId }),
    };
    await this.#options.catalog.importTrack(track);
  }
}

/** Faults that are one file's own. */
export function isFileFault(error: unknown): error is ClefError {
  return (
    isClefError(error, 'media-unreadable') ||
    isClefError(error, 'media-too-costly') ||
    isClefError(error, 'vault-source-changed')
  );
}
