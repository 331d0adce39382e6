import type { Companion, StoredAsset } from '../../catalog/index.ts';
import type { Rendition } from '../../transcode/index.ts';
import { encodeCompanionBirth } from '../birth.ts';
import { storedAsset } from '../seal.ts';
import type { SealTableOptions } from './packet-table.ts';

/** What is read of a rendition at once while it is sealed. */
const PIECE_BYTES = 512 * 1024;

async function* piecesOf(rendition: Rendition): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < rendition.lengthBytes; at += PIECE_BYTES) yield rendition.read(at, PIECE_BYTES);
}

export async function sealRendition(
  rendition: Rendition,
  { parentId, seal, now, signal }: SealTableOptions,
): Promise<Companion & { readonly asset: StoredAsset }> {
  const { kind, mediaType, lengthBytes } = rendition;
  const sealed = await seal({
    kind: 'rendition',
    lengthBytes,
    plaintext: piecesOf(rendition),
    birth: encodeCompanionBirth({ parent: parentId, companion: kind, mediaType }),
    signal,
  });
  return { parentId, kind, asset: storedAsset(sealed, mediaType, now()) };
}
