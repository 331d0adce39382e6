import { parseServerCard, type ServerKey, writeServerCard } from '../../keystore/index.ts';
import { openDataFolder } from '../data-folder.ts';
import type { Shell } from '../shell.ts';
import { openOrMakeServerKey } from './keys.ts';

export interface ShownCard {
  readonly card: string;
  readonly thumbprint: string;
}

export async function cardOf(server: ServerKey, name: string): Promise<ShownCard> {
  const card = writeServerCard(server, name);
  // Refuses a name that nobody could read.
  await parseServerCard(card);
  return { card, thumbprint: server.identity.thumbprint };
}

/** Of a machine without a library. Its key is made here, and nothing else that could be in the way of a library. */
export async function makeCard({ config, dataRoot, terminal, now }: Shell, name: string): Promise<ShownCard> {
  using data = await openDataFolder({ root: dataRoot, now });
  return await cardOf(await openOrMakeServerKey({ config, data, terminal }), name);
}
