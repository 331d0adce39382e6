import { createTable } from './define.ts';
import type { Migration } from './migration.ts';

export const columnClaims: Migration = {
  version: 6,
  name: 'column claims',
  async up(db) {
    await createTable(db, 'column_claim', {
      columns: {
        vb: 'integer',
        asset_id: 'name',
        layout_id: 'name',
        column_number: 'integer',
        node_id: 'name',
        owner: 'text',
      },
      primaryKey: ['vb', 'asset_id', 'layout_id', 'column_number', 'node_id'],
      clustered: true,
    });
  },
};
