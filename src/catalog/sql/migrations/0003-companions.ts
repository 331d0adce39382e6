import { createTable } from './define.ts';
import type { Migration } from './migration.ts';

export const companions: Migration = {
  version: 3,
  name: 'companions',
  async up(db) {
    await createTable(db, 'companion', {
      columns: {
        vb: 'integer',
        parent_asset_id: 'name',
        kind: 'name',
        library_id: 'text',
        asset_id: 'text?',
        created_at_ms: 'integer',
        row_version: 'integer',
      },
      primaryKey: ['vb', 'parent_asset_id', 'kind'],
      clustered: true,
    });
  },
};
