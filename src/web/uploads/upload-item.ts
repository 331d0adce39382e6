import type { Upload } from '../../api/index.ts';

/**
 * `needs-file`: begun before a reload, until its file is chosen again. `held-up`: the server or the line is away, and it
 * goes on by itself. `importing`: all is sent.
 */
export type UploadState =
  | 'waiting'
  | 'sending'
  | 'held-up'
  | 'paused'
  | 'needs-file'
  | 'importing'
  | 'failed'
  | 'done';

/** A file on its way, as the page shows it. */
export interface UploadItem {
  readonly id: string;
  readonly name: string;
  readonly lengthBytes: number;
  readonly modifiedMs: number;
  readonly receivedBytes: number;
  readonly state: UploadState;
  readonly outcome?: NonNullable<Upload['outcome']>;
  /** Why it failed, or waits. */
  readonly reason?: string;
}

/** What the server says of an upload that nobody here is sending. */
export function itemOf({
  id,
  name,
  lengthBytes,
  modifiedMs,
  receivedBytes,
  outcome,
  fault,
}: Upload): UploadItem {
  return {
    id,
    name,
    lengthBytes,
    modifiedMs,
    receivedBytes,
    state: outcome ? 'done' : receivedBytes < lengthBytes ? 'needs-file' : 'importing',
    ...(outcome && { outcome }),
    ...(fault && { reason: fault.reason }),
  };
}

/** The server has all of it that it will get. */
export function isSent({ state }: UploadItem): boolean {
  return state === 'importing' || state === 'done';
}
