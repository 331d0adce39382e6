import type { FileStamp } from '../../catalog/index.ts';

/** What tells, without opening it, that a file is the one of last time. */
export type FileState = Omit<FileStamp, 'sidecars'>;

export type TreeEntry =
  | { readonly kind: 'folder'; readonly name: Buffer }
  | {
      readonly kind: 'file';
      readonly name: Buffer;
      /** Reached through a link, which was checked to stay inside of the source. */
      readonly isLink: boolean;
      /** Where the listing says it. */
      readonly state?: FileState;
    }
  /** Something of this name is there, or may be, and could not be looked at. */
  | { readonly kind: 'unreadable'; readonly name: Buffer; readonly reason: string }
  /** A link that leads out of the source. */
  | { readonly kind: 'outside'; readonly name: Buffer };

export interface TreeFolder {
  /** By which a folder is known inside itself, as links may have it; empty where there are no links. */
  readonly identity: string;
  /** Whether the times of its files are by this machine's clock. */
  readonly hasOwnClock: boolean;
  /** In no order. Without `isSkippedName`s, and without links to what is found elsewhere in the source. */
  readonly entries: readonly TreeEntry[];
}

export type Seen =
  | { readonly kind: 'file'; readonly state: FileState }
  | { readonly kind: 'folder' | 'link' | 'other' };

/** A file that stays one and the same, whatever happens to its name, or says that it did not. */
export interface TreeFile extends AsyncDisposable {
  /** As it was when it was opened. */
  readonly state: FileState;
  /** Fills `into` from an offset; fewer bytes only where the file ends. `media-unreadable` where it cannot be read. */
  read(into: Uint8Array, offsetBytes: number): Promise<number>;
  /** False where it may have other bytes than when it was opened. */
  isUnchanged(): Promise<boolean>;
}

/**
 * Where a source's files are. It is read, never written. Paths are bytes, relative to the root, which is empty; their
 * names are parted by `/`. What is not there is undefined. `media-unreadable`, with a reason for people and no path,
 * where one path cannot be looked at or read; `source-missing` where the source as a whole cannot be had any more, so
 * that nothing may be concluded from it. Calls may overlap.
 */
export interface SourceTree extends AsyncDisposable {
  /** A folder; what is none is `media-unreadable`. */
  list(folder: Buffer): Promise<TreeFolder | undefined>;
  look(path: Buffer): Promise<Seen | undefined>;
  /** Through a link only where `isLink`. Undefined, too, for what is no file. */
  lookAtFile(path: Buffer, isLink: boolean): Promise<FileState | undefined>;
  /** As `lookAtFile`. What took the place of a file, and is none, is `media-unreadable`. */
  open(path: Buffer, isLink: boolean): Promise<TreeFile | undefined>;
  /** Whether some program has it open to write into it; false where nobody can tell. */
  isBeingWritten(path: Buffer): Promise<boolean>;
}
