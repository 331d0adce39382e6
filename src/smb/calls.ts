import type { SmbAddress, SmbCredentials } from './address.ts';
import type { SmbFaultKind } from './fault.ts';

/** What a share says of a file or a folder. */
export interface SmbStat {
  readonly isFolder: boolean;
  readonly lengthBytes: number;
  /** Nanoseconds since 1970, by the server's clock, in decimal. */
  readonly modifiedAtNs: string;
  /** The server's number of the file; another file's after it was exchanged. */
  readonly fileId: string;
}

export interface SmbEntry extends SmbStat {
  readonly name: string;
}

export interface SmbSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** A file or a listing that is open in a connection's process. */
export type SmbHandle = number;

/** What a connection's process is asked for, one after the other. Paths are of the share. */
export interface SmbCalls {
  /** Answers by itself once the library is loaded. */
  start: { readonly asked: object; readonly answer: undefined };
  connect: {
    readonly asked: { readonly address: SmbAddress; readonly credentials: SmbCredentials };
    readonly answer: undefined;
  };
  stat: { readonly asked: { readonly path: string }; readonly answer: SmbStat };
  /** Bytes come beside the answer; fewer than asked for only at the end of the file. */
  read: {
    readonly asked: {
      readonly path: string;
      readonly offsetBytes: number;
      readonly lengthBytes: number;
      /** Not from a file that was open before. */
      readonly isFresh: boolean;
    };
    readonly answer: undefined;
  };
  /** A file that was not there. */
  create: { readonly asked: { readonly path: string }; readonly answer: SmbHandle };
  /** Appends the bytes that come beside the call. */
  write: { readonly asked: { readonly handle: SmbHandle }; readonly answer: undefined };
  close: { readonly asked: { readonly handle: SmbHandle }; readonly answer: undefined };
  /** Of a file, over one that is there: see ADR 23. */
  rename: { readonly asked: { readonly from: string; readonly to: string }; readonly answer: undefined };
  unlink: { readonly asked: { readonly path: string }; readonly answer: undefined };
  mkdir: { readonly asked: { readonly path: string }; readonly answer: undefined };
  rmdir: { readonly asked: { readonly path: string }; readonly answer: undefined };
  list: { readonly asked: { readonly path: string }; readonly answer: SmbHandle };
  /** The next of a listing, so many at most; none at its end. */
  entries: {
    readonly asked: { readonly handle: SmbHandle; readonly most: number };
    readonly answer: readonly SmbEntry[];
  };
  space: { readonly asked: object; readonly answer: SmbSpace };
  /** Whether somebody has it open to write into it. */
  isWritten: { readonly asked: { readonly path: string }; readonly answer: boolean };
  /** Tells of what changes in a folder and below it, until the connection ends; takes no other call. */
  watch: { readonly asked: { readonly path: string }; readonly answer: undefined };
  /** Closes what is open for reading: this path, or everything. */
  release: { readonly asked: { readonly path?: string }; readonly answer: undefined };
}

export type SmbCallName = keyof SmbCalls;

export type SmbCall = {
  readonly [Name in SmbCallName]: { readonly kind: Name } & SmbCalls[Name]['asked'];
}[SmbCallName];

export type SmbAnswer =
  | { readonly value?: unknown }
  /** Not yet an answer: paths below the folder that changed; '' where more did than can be told. None: nothing changed. */
  | { readonly news: readonly string[] }
  | { readonly fault: SmbFaultKind; readonly errno?: string | undefined };

/** What one call may carry: a multiple of what servers take at once, and little enough to be answered soon. */
export const PIECE_BYTES = 2 ** 20;
