import type { Companion, StoredAsset } from '../../catalog/index.ts';
import { type AssetId, isClefError } from '../../core/index.ts';
import { encodePacketTable, type PacketCodec, type PacketTable } from '../../playback/index.ts';
import { encodeCompanionBirth } from '../birth.ts';
import type { MediaProbe, ReadableMedia } from '../port.ts';
import { type Seal, storedAsset } from '../seal.ts';

const TABLE_TYPE = 'application/x-clef-packets';

/** The codec is part of the type, so that what a device decodes can be told without opening the table. */
export function codecOfTable({ mediaType }: Pick<StoredAsset, 'mediaType'>): PacketCodec | undefined {
  const [type, codec] = mediaType.split(';codec=');
  // Written by sealTable alone.
  return type === TABLE_TYPE ? (codec as PacketCodec) : undefined;
}

/** Undefined where there is none to be had of this file, now or later. */
export async function readTable(
  probe: MediaProbe,
  media: ReadableMedia,
  signal: AbortSignal,
): Promise<PacketTable | undefined> {
  try {
    return await probe.packetTable(media, signal);
  } catch (error) {
    if (isClefError(error, 'media-unreadable') || isClefError(error, 'media-too-costly')) return undefined;
    throw error;
  }
}

export interface SealTableOptions {
  readonly parentId: AssetId;
  readonly seal: Seal;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** What the catalogue is to know of an asset's packet table, sealed where there is one. */
export async function sealTable(
  table: PacketTable | undefined,
  { parentId, seal, now, signal }: SealTableOptions,
): Promise<Companion> {
  const kind = 'packet-table';
  if (!table) return { parentId, kind };
  const bytes = encodePacketTable(table);
  const mediaType = `${TABLE_TYPE};codec=${table.codec}`;
  const sealed = await seal({
    kind,
    lengthBytes: bytes.length,
    plaintext: (async function* () {
      yield bytes;
    })(),
    birth: encodeCompanionBirth({ parent: parentId, companion: kind, mediaType }),
    signal,
  });
  return { parentId, kind, asset: storedAsset(sealed, mediaType, now()) };
}
