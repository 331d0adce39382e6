import type { UserId } from '../core/index.ts';

export type AuditAction =
  | 'account-created'
  | 'account-disabled'
  | 'account-enabled'
  | 'role-changed'
  | 'password-changed'
  | 'credential-created'
  | 'credential-revoked'
  | 'device-added'
  | 'device-revoked';

/** Who changed what. Holds names as they were, so that it can be read for ever; never a secret. */
export interface AuditRecord {
  readonly atMs: number;
  /** The administrator or the person themself; `machine` for someone at the server's own command line. */
  readonly actor: UserId | 'machine';
  readonly action: AuditAction;
  readonly subject: UserId;
  /** The role, the client's name: what the action alone does not say. */
  readonly detail?: string;
}
