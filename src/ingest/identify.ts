import type { CatalogImporter, FileStamp, MusicSource, SourceFile } from '../catalog/index.ts';
import { type Bytes, equalBytes, type LibraryId } from '../core/index.ts';
import { decodePathKey, isDisplaced } from './scan/path-key.ts';
import { isKnownInode, isSameState } from './scan/stamp.ts';
import type { SourceTree } from './sources/port.ts';

/** What a file with new content or a new path turns out to be. */
export type Identity =
  /** The path's own bytes under a new stamp. */
  | { readonly kind: 'touched'; readonly known: SourceFile }
  /** Known bytes whose own path does not hold them any more. */
  | { readonly kind: 'moved'; readonly from: SourceFile; readonly displaced?: SourceFile }
  /** Known bytes that are still where they were. */
  | { readonly kind: 'duplicate'; readonly of: SourceFile; readonly displaced?: SourceFile }
  /** New bytes of a known track: edited in place, rewritten, or renamed and edited. */
  | { readonly kind: 'retagged'; readonly from: SourceFile; readonly displaced?: SourceFile }
  | { readonly kind: 'new' }
  /** The path had other bytes before, and these may yet turn up under another name. */
  | { readonly kind: 'later' };

export interface FoundFile {
  readonly pathKey: string;
  readonly stamp: FileStamp;
  readonly contentHash: Bytes;
}

/** Copies of one content that are looked at where they lie. */
const MOST_COPIES = 64;

export type Lookups = Pick<CatalogImporter, 'fileAt' | 'fileByHash' | 'fileByInode' | 'sources'>;

export interface IdentifierOptions {
  readonly source: MusicSource;
  readonly libraryId: LibraryId;
  readonly catalog: Lookups;
  /** Of any source; undefined where it cannot be had now. */
  readonly treeOf: (source: MusicSource) => Promise<SourceTree | undefined>;
}

/**
 * Tells what a file is by asking three things in turn: are its bytes known (then it moved, or is a copy), is its
 * inode known (then it was renamed and edited), is its path known (then it was edited). The answer does not
 * depend on the order in which files are asked about, so that an import that was killed and run again ends
 * where an undisturbed one does.
 */
export class Identifier {
  readonly #source: MusicSource;
  readonly #catalog: Lookups;
  readonly #libraryId: LibraryId;
  readonly #treeOf: IdentifierOptions['treeOf'];
  #sources: Promise<ReadonlyMap<number, MusicSource>> | undefined;

  constructor({ source, libraryId, catalog, treeOf }: IdentifierOptions) {
    this.#source = source;
    this.#libraryId = libraryId;
    this.#treeOf = treeOf;
    this.#catalog = catalog;
  }

  /** `isFinal` once every other file was asked about: then nothing is left for later. */
  async identify(file: FoundFile, isFinal: boolean): Promise<Identity> {
    const known = await this.#catalog.fileAt(this.#source.id, file.pathKey);
    if (known && equalBytes(known.contentHash, file.contentHash)) return { kind: 'touched', known };
    const displaced = known && { displaced: known };

    const rows = await this.#copiesOf(file.contentHash);
    let copy: SourceFile | undefined;
    const away: SourceFile[] = [];
    for (const row of rows) {
      const state = await this.#stateOf(row);
      if (state === 'gone') away.push(row);
      else if (state === 'there') copy ??= row;
    }
    const from = this.#nearest(away, file);
    if (from) return { kind: 'moved', from, ...displaced };
    if (copy) return { kind: 'duplicate', of: copy, ...displaced };

    const renamed = await this.#renamedFrom(file);
    if (renamed) return { kind: 'retagged', from: renamed, ...displaced };
    if (!known) return { kind: 'new' };
    if (!isFinal && !isKnownInode(known, file.stamp)) return { kind: 'later' };
    return (await this.#hasOtherCopy(known)) ? { kind: 'new' } : { kind: 'retagged', from: known };
  }

  /** Files of this content, those that are known to be gone first; of very many copies only some. */
  async #copiesOf(contentHash: Bytes): Promise<readonly SourceFile[]> {
    const rows = await this.#catalog.fileByHash(this.#libraryId, contentHash);
    const isAway = (row: SourceFile): number => (row.missingSinceMs === undefined ? 1 : 0);
    return rows.toSorted((a, b) => isAway(a) - isAway(b)).slice(0, MOST_COPIES);
  }

  /** Of several rows that lost their file, the one that most likely became this one. */
  #nearest(rows: readonly SourceFile[], { stamp }: FoundFile): SourceFile | undefined {
    const rank = (row: SourceFile): number =>
      (isKnownInode(row, stamp) ? 0 : 4) +
      (row.sourceId === this.#source.id ? 0 : 2) +
      (isDisplaced(row.pathKey) ? 1 : 0);
    return rows.toSorted((a, b) => rank(a) - rank(b) || (a.pathKey < b.pathKey ? -1 : 1))[0];
  }

  async #renamedFrom({ pathKey, stamp }: FoundFile): Promise<SourceFile | undefined> {
    if (stamp.deviceAndInode === '') return undefined;
    for (const row of await this.#catalog.fileByInode(this.#source.id, stamp.deviceAndInode)) {
      if (row.pathKey === pathKey || (await this.#stateOf(row)) !== 'gone') continue;
      if (!(await this.#hasOtherCopy(row))) return row;
    }
    return undefined;
  }

  /** A track that is also in another file keeps its bytes; the edited copy becomes a track of its own. */
  async #hasOtherCopy(file: SourceFile): Promise<boolean> {
    const rows = await this.#catalog.fileByHash(this.#libraryId, file.contentHash);
    return rows.some(
      (row) =>
        row.trackId === file.trackId &&
        row.missingSinceMs === undefined &&
        (row.pathKey !== file.pathKey || row.sourceId !== file.sourceId),
    );
  }

  /**
   * Whether a row's path still holds its bytes. `edited`: the same file with other bytes, whose own turn decides.
   * What cannot be looked at counts as there, so that nothing is taken from it.
   */
  async #stateOf(row: SourceFile): Promise<'there' | 'edited' | 'gone'> {
    if (isDisplaced(row.pathKey)) return 'gone';
    const source = (await this.#sourcesById()).get(row.sourceId);
    const tree = source && (await this.#treeOf(source));
    if (!tree) return row.missingSinceMs === undefined ? 'there' : 'gone';
    try {
      const seen = await tree.look(decodePathKey(row.pathKey));
      if (seen?.kind === 'link') return 'there';
      if (seen?.kind !== 'file') return 'gone';
      if (isSameState(row, seen.state)) return 'there';
      return isKnownInode(row, seen.state) ? 'edited' : 'gone';
    } catch {
      return 'there';
    }
  }

  #sourcesById(): Promise<ReadonlyMap<number, MusicSource>> {
    this.#sources ??= this.#catalog
      .sources()
      .then((sources) => new Map(sources.map((source) => [source.id, source])));
    return this.#sources;
  }
}
