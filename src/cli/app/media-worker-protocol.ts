import { ClefError, type ErrorCode, errorTable, isClefError, type NodeId } from '../../core/index.ts';
import type { SentMedia } from '../../http/media-worker/index.ts';
import type { DamageReport, NodeReport } from '../../vault/index.ts';
import type { NodeSpec } from './node-places.ts';

/** A storage node, and which one is expected there. */
export interface WorkerNode {
  readonly spec: NodeSpec;
  readonly id: NodeId;
  readonly failureDomain: string;
  /** Who is likelier to have a column is asked first. */
  readonly weight: number;
}

/** Comes over IPC, never in arguments or environment, which other users of a machine can read. */
export interface WorkerSettings {
  readonly socketPath: string;
  readonly secret: string;
  readonly nodes: readonly WorkerNode[];
  readonly cacheBytes: number;
  readonly sealedBytes: number;
}

export type ToWorker =
  | { readonly kind: 'start'; readonly settings: WorkerSettings }
  /** Nodes came, went, or were weighed anew: all that there are now. */
  | { readonly kind: 'nodes'; readonly nodes: readonly WorkerNode[] }
  /** Comes with the handle of a socket. */
  | { readonly kind: 'connection' }
  | { readonly kind: 'drain'; readonly withinMs: number };

export type FromWorker =
  | { readonly kind: 'ready' }
  /** The connection that was handed over last is the worker's now. */
  | { readonly kind: 'taken' }
  /** One of its connections ended. */
  | { readonly kind: 'left' }
  /** It began to send media. */
  | { readonly kind: 'opened' }
  | { readonly kind: 'sent'; readonly sent: WrittenSent }
  | { readonly kind: 'damage'; readonly report: DamageReport }
  /** What it asked of the nodes since it last told. */
  | { readonly kind: 'nodes'; readonly reports: readonly NodeReport[] };

type Failed = SentMedia['outcome'] & { readonly kind: 'failed' };

/** `SentMedia`, as JSON carries it. */
type WrittenSent = Omit<SentMedia, 'outcome'> & {
  readonly outcome:
    | Exclude<SentMedia['outcome'], Failed>
    | (Omit<Failed, 'error'> & { readonly error: WrittenError });
};

interface WrittenError {
  readonly code?: ErrorCode;
  readonly message: string;
  readonly stack?: string | undefined;
}

export function writeSent({ outcome, ...sent }: SentMedia): WrittenSent {
  return outcome.kind === 'failed'
    ? { ...sent, outcome: { ...outcome, error: writeError(outcome.error) } }
    : { ...sent, outcome };
}

export function readSent({ outcome, ...sent }: WrittenSent): SentMedia {
  return outcome.kind === 'failed'
    ? { ...sent, outcome: { ...outcome, error: readError(outcome.error) } }
    : { ...sent, outcome };
}

function writeError(error: unknown): WrittenError {
  if (isClefError(error)) return { code: error.code, message: error.message };
  return error instanceof Error
    ? { message: error.message, stack: error.stack }
    : { message: errorTable.internal.meaning };
}

function readError({ code, message, stack }: WrittenError): Error {
  if (code !== undefined) return new ClefError(code, message);
  return Object.assign(new Error(message), stack === undefined ? {} : { stack });
}
