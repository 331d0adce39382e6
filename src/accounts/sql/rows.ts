import type { AuditRow, CredentialRow, NewRow, UserRow } from '../../catalog/sql/index.ts';
import { asBytes, bucketOf, ClefError, type UserId } from '../../core/index.ts';
import type { AuditAction, AuditRecord } from '../audit.ts';
import type { CredentialId, StoredAccount, StoredCredential } from '../port.ts';

export function accountOf(row: UserRow): StoredAccount {
  return {
    id: row.id as UserId,
    name: row.name,
    role: row.role,
    passwordHash: row.password_hash,
    createdAtMs: row.created_at_ms,
    ...(row.disabled_at_ms === null ? {} : { disabledAtMs: row.disabled_at_ms }),
  };
}

export function credentialOf(row: CredentialRow): StoredCredential {
  const head = {
    id: row.id as CredentialId,
    userId: row.user_id as UserId,
    clientName: row.client_name,
    createdAtMs: row.created_at_ms,
    ...(row.last_used_at_ms === null ? {} : { lastUsedAtMs: row.last_used_at_ms }),
  };
  if (row.kind === 'app-password' && row.sealed !== null) {
    return { ...head, kind: row.kind, sealedSecret: asBytes(row.sealed) };
  }
  if (row.kind === 'api-key' && row.key_hash !== null) {
    return { ...head, kind: row.kind, keyHash: asBytes(row.key_hash) };
  }
  throw new ClefError('catalog-corrupt', `credential ${row.id} lacks its secret`);
}

export function credentialRow(credential: StoredCredential): NewRow<'credential'> {
  return {
    vb: bucketOf(credential.userId),
    id: credential.id,
    user_id: credential.userId,
    kind: credential.kind,
    client_name: credential.clientName,
    sealed: credential.kind === 'app-password' ? credential.sealedSecret : null,
    key_hash: credential.kind === 'api-key' ? credential.keyHash : null,
    created_at_ms: credential.createdAtMs,
    last_used_at_ms: credential.lastUsedAtMs ?? null,
    revoked_at_ms: null,
  };
}

export function auditOf(row: AuditRow): AuditRecord {
  return {
    atMs: row.at_ms,
    actor: row.actor_id === null ? 'machine' : (row.actor_id as UserId),
    // Written by `auditRow` only; an action of a newer Clef is shown as it is.
    action: row.action as AuditAction,
    subject: row.subject_id as UserId,
    ...(row.detail === null ? {} : { detail: row.detail }),
  };
}

export function auditRow(id: number, { atMs, actor, action, subject, detail }: AuditRecord): NewRow<'audit'> {
  return {
    vb: bucketOf(id),
    id,
    at_ms: atMs,
    actor_id: actor === 'machine' ? null : actor,
    action,
    subject_id: subject,
    detail: detail ?? null,
  };
}
