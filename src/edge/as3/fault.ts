export type FaultKind =
  | 'nothing-there'
  | 'wrong-class'
  | 'out-of-sight'
  | 'unknown-reference'
  | 'unused'
  | 'no-path'
  | 'no-tls'
  | 'no-pool'
  | 'listener-twice'
  | 'pool-empty'
  | 'pool-unwatched'
  | 'member-twice'
  | 'rule-twice'
  | 'rule-unreachable'
  | 'action-too-early'
  | 'logs-secrets';

export interface Fault {
  readonly kind: FaultKind;
  /** `/TENANT/APPLICATION/OBJECT`, and the property below it. */
  readonly at: string;
  readonly message: string;
}

export function fault(kind: FaultKind, at: string, message: string): Fault {
  return { kind, at, message };
}
