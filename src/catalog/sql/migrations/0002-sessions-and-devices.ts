import { createTable } from './define.ts';
import type { Migration } from './migration.ts';

export const sessionsAndDevices: Migration = {
  version: 2,
  name: 'sessions and devices',
  async up(db) {
    await createTable(db, 'device', {
      columns: {
        vb: 'integer',
        user_id: 'integer',
        thumbprint: 'name',
        name: 'text',
        public_key: 'text',
        created_at_ms: 'integer',
        last_used_at_ms: 'integer?',
        revoked_at_ms: 'integer?',
        row_version: 'integer',
      },
      primaryKey: ['vb', 'user_id', 'thumbprint'],
    });
    await createTable(db, 'session', {
      columns: {
        vb: 'integer',
        user_id: 'integer',
        token_hash: 'name',
        created_at_ms: 'integer',
        password_at_ms: 'integer',
        expires_at_ms: 'integer',
      },
      primaryKey: ['vb', 'user_id', 'token_hash'],
      clustered: true,
    });
  },
};
