import type { ErrorCode, TrackId, UploadId, UserId } from '../core/index.ts';

/** What a browser says of a file before it sends it; `modifiedMs` tells two files of one name apart. */
export interface UploadFacts {
  readonly id: UploadId;
  readonly userId: UserId;
  /** Without folders. */
  readonly name: string;
  readonly lengthBytes: number;
  readonly modifiedMs: number;
}

export type UploadOutcome =
  | { readonly kind: 'added'; readonly trackId: TrackId }
  /** The library has the same bytes already. */
  | { readonly kind: 'duplicate'; readonly trackId: TrackId }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly reason: string };

export interface Upload extends UploadFacts {
  /** All of them are on the disk, sealed. The next part begins here. */
  readonly receivedBytes: number;
  readonly outcome?: UploadOutcome;
  /** Why a whole upload is not imported yet; it is tried again. */
  readonly fault?: { readonly code: ErrorCode; readonly reason: string };
}

/** The bytes of a whole upload, opened as they are asked for. */
export interface UploadedMedia extends AsyncDisposable {
  readonly lengthBytes: number;
  /** Exactly `lengthBytes` bytes, or fewer only at the end. */
  read(offsetBytes: number, lengthBytes: number): Promise<Uint8Array>;
}

export function isWhole({ receivedBytes, lengthBytes }: Upload): boolean {
  return receivedBytes === lengthBytes;
}
