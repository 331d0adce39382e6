import type { MysqlPool } from 'kysely';
import type { MysqlAddress, PoolOptions } from './address.ts';

/** For Kysely, which asks with the first statement: who has no such catalogue does not wait for mysql2 to be loaded. */
export async function openPool(address: MysqlAddress, options: PoolOptions): Promise<MysqlPool> {
  const { kyselyPool } = await import('./pool.ts');
  return kyselyPool(address, options);
}
