import * as v from 'valibot';
import type { StoredAsset } from '../../catalog/index.ts';
import { type Bytes, ClefError } from '../../core/index.ts';
import { assetSchema } from '../media/index.ts';
import { createSignedFields } from '../signed-fields.ts';

/** Lets an edge fetch one asset's plaintext piece by piece, from any server of the library. Nothing is stored of them. */
export interface PieceTickets {
  issue(asset: StoredAsset): Promise<string>;
  /** `ticket-refused`, and not why. */
  read(ticket: string | undefined): Promise<StoredAsset>;
}

/** Longer than anything that is listened to in one go. */
const LIFETIME_MS = 12 * 3_600_000;
const PURPOSE = 'clef/v1/pieces';
/** Some 1,500 characters, and 3,000 with 32 columns. */
const MAX_CHARACTERS = 8_192;

/**
 * `key` is asked at each use. A ticket holds the track's key only as the catalogue does, wrapped under the library's, so that it opens
 * nothing for whoever reads it.
 */
export function createPieceTickets({
  key,
  now,
}: {
  readonly key: () => Promise<Bytes>;
  readonly now: () => number;
}): PieceTickets {
  const schema = v.strictTuple([assetSchema, v.pipe(v.number(), v.safeInteger())]);
  const signed = createSignedFields({ key, purpose: PURPOSE, schema, maxCharacters: MAX_CHARACTERS });
  return {
    issue: (asset) => signed.sign([asset, now() + LIFETIME_MS]),
    async read(ticket) {
      const fields = ticket === undefined ? undefined : await signed.read(ticket);
      const [asset, expiresAtMs] = fields ?? [];
      if (!asset || !expiresAtMs || expiresAtMs <= now()) throw refused();
      return asset;
    },
  };
}

function refused(): ClefError {
  return new ClefError('ticket-refused', 'this ticket is not valid here; ask for the whole again');
}
