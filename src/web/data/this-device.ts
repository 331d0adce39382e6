import type { SessionAccount } from '../../api/index.ts';
import { basePath } from './client.ts';

/** The thumbprint of this browser's key for the account; undefined where it has none. */
export async function thisDeviceId({ id }: Pick<SessionAccount, 'id'>): Promise<string | undefined> {
  const { databaseName, knownDevice, openDeviceDatabase } = await import('../source/index.ts');
  using database = await openDeviceDatabase(databaseName(basePath, id));
  return (await knownDevice(database))?.thumbprint;
}
