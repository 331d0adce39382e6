import { addColumn } from './define.ts';
import type { Migration } from './migration.ts';

export const placeInQueue: Migration = {
  version: 4,
  name: 'place in the queue',
  async up(db) {
    await addColumn(db, 'play_queue', 'current_index', 'integer');
  },
};
