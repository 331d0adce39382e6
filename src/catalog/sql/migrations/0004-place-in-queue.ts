import type { Migration } from './migration.ts';

export const placeInQueue: Migration = {
  version: 4,
  name: 'place in the queue',
  async up(db) {
    await db.schema.alterTable('play_queue').addColumn('current_index', 'integer').execute();
  },
};
