import { createTable } from './define.ts';
import type { Migration } from './migration.ts';

export const playbackSessions: Migration = {
  version: 5,
  name: 'playback sessions',
  async up(db) {
    await createTable(db, 'playback_session', {
      columns: {
        vb: 'integer',
        user_id: 'integer',
        session_id: 'name',
        name: 'text',
        seq: 'integer',
        changed_at_ms: 'integer',
        // Long, and so the last: a list reads what stands before it.
        state: 'text',
      },
      primaryKey: ['vb', 'user_id', 'session_id'],
      indexes: [['seq']],
    });
  },
};
