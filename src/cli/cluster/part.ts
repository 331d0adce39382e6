/** What a part is there for; parts of a kind stand in for each other. */
export type PartKind = 'edge' | 'server' | 'queue' | 'Spider node' | 'data node' | 'storage node';

/** `waiting` was not started yet; `silent` runs and does not answer; `gone` runs no more. */
export type PartState = 'waiting' | 'starting' | 'ready' | 'silent' | 'stopping' | 'gone';

/** How a part ended that was told to stop. */
export type PartEnd = 'stopped' | 'by force';

/** Something of a cluster that can fail by itself. */
export interface Part {
  /** Of it alone, as people type it. */
  readonly name: string;
  readonly kind: PartKind;
  /** In a few words, for people. */
  readonly serves: string;
  /** As it was when it was last looked at. */
  readonly state: PartState;
  /** Ends what an earlier run of the cluster left running of it. How many processes that were. */
  clear(): Promise<number>;
  /** Resolves once it answers. `cluster-part-failed` where it ended, or says nothing for long. */
  start(signal: AbortSignal): Promise<void>;
  /** As on a machine that is shut down: what it has in memory goes where it lasts. */
  stop(): Promise<PartEnd>;
  /** As on a machine that loses its power. */
  kill(): Promise<void>;
  /** Asks it how it is. */
  look(): Promise<void>;
}
