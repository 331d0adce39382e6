/** Why a command was not applied. Each is judged from the state and the record alone, so that everyone refuses the same. */
export type RefusalReason =
  /** It, or a later one of the same sender, was folded before. */
  | 'duplicate'
  /** `ifItem` names another item than the current one. */
  | 'item-changed'
  /** `ifQueueVersion` is not the queue's version. */
  | 'queue-changed'
  /** `ifMainSeq`: somebody moved the main deck meanwhile. */
  | 'moved'
  | 'unknown-item'
  | 'unknown-deck'
  | 'unknown-output'
  /** An earlier stay of an output speaks. */
  | 'stale-output'
  /** Several outputs sound together: none of them sets the time for the others. */
  | 'not-alone'
  /** There is nothing before, or after, the current item. */
  | 'at-end'
  | 'nothing-to-play'
  | 'no-output'
  | 'out-of-bounds'
  | 'queue-full'
  | 'too-many-decks'
  | 'too-many-outputs';

export type Outcome =
  | { readonly kind: 'applied' }
  | { readonly kind: 'refused'; readonly reason: RefusalReason };

export const APPLIED: Outcome = { kind: 'applied' };
