import { type Bytes, utf8 } from '../core/index.ts';
import { extract, labelled } from './hkdf.ts';
import { currentEpoch, type ServiceKeyring } from './keyring.ts';

const LABEL = 'clef/v1/ticket';

/**
 * The key that servers authenticate tickets with. It follows from the service keyring, so that a ticket outlives a
 * restart and is good at every server of the library; a new epoch ends all that were given out before.
 */
export async function deriveTicketKey(keyring: ServiceKeyring): Promise<Bytes> {
  const { key } = currentEpoch(keyring);
  const expand = await extract(new Uint8Array(0), key);
  return expand(labelled(LABEL, utf8(keyring.libraryId)));
}
