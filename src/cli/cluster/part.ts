/** What a part is there for; parts of a kind stand in for each other. */
export type PartKind = 'server' | 'queue' | 'data node' | 'Spider node' | 'storage node' | 'edge';

/** `silent` runs and does not answer; `gone` does not run. */
export type PartState = 'starting' | 'ready' | 'silent' | 'paused' | 'gone';

/** Something of a cluster that can fail by itself. */
export interface Part {
  /** Of it alone, as people type it. */
  readonly name: string;
  readonly kind: PartKind;
  /** As it was when it was last looked at. */
  readonly state: PartState;
  /** Resolves once it answers. `cluster-part-failed` where it ended, or says nothing for long. */
  start(): Promise<void>;
  /** As on a machine that is shut down: what it has in memory goes where it lasts. */
  stop(): Promise<void>;
  /** As on a machine that loses its power. */
  kill(): Promise<void>;
  /** As on a machine that hangs. Absent where nothing runs. */
  pause?(): void;
  resume?(): void;
  /** Asks it how it is. */
  look(): Promise<void>;
}
