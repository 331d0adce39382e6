/** A path, relative to the root, at which something happened; empty where it may have been anywhere. */
export type OnHint = (path: Buffer) => void;

export interface HintTaker {
  /** From now on every change is told. */
  readonly onWatching: () => void;
  readonly onHint: OnHint;
  readonly signal: AbortSignal;
}

/**
 * Tells of what changes in a source until the signal, or until it cannot: it always rejects. Where that is not the signal's
 * reason, a ClefError says why: `source-missing` where it is worth to ask again later, any other where it is not. Hints say
 * where to look, never what is there; some may be missing.
 */
export type WatchHints = (taker: HintTaker) => Promise<never>;
