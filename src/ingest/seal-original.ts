import type { Companion, StoredAsset } from '../catalog/index.ts';
import type { Bytes } from '../core/index.ts';
import type { PacketTable } from '../playback/index.ts';
import { encodeTrackBirth } from './birth.ts';
import { readTable, sealTable } from './companions/packet-table.ts';
import type { ImportContent } from './content.ts';
import type { SealedCover } from './covers.ts';
import type { MediaProbe, ProbedMedia } from './port.ts';
import { type Seal, storedAsset } from './seal.ts';

export interface SealOriginalOptions {
  readonly seal: Seal;
  readonly probe: MediaProbe;
  readonly contentHashKey: Bytes;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

export interface DescribedContent {
  readonly content: ImportContent;
  readonly contentHash: Bytes;
  readonly found: ProbedMedia;
  readonly fallbackTitle: string;
  readonly cover: SealedCover | undefined;
}

/** An original and, where there is one to be had, its packet table. */
export interface SealedOriginal {
  readonly original: StoredAsset;
  readonly companions: readonly Companion[];
}

export async function sealOriginal(
  { content, contentHash, found, fallbackTitle, cover }: DescribedContent,
  { seal, probe, contentHashKey, now, signal }: SealOriginalOptions,
): Promise<SealedOriginal> {
  // While the original is sealed: the file is read a second time, and the reader is another process.
  const stopping = new AbortController();
  const reading = tableOf(content, probe, AbortSignal.any([signal, stopping.signal]));
  const sealed = await seal({
    kind: 'original',
    lengthBytes: content.lengthBytes,
    plaintext: content.plaintext(contentHashKey, contentHash, signal),
    birth: encodeTrackBirth({
      ...found,
      contentHash,
      fallbackTitle,
      ...(cover && { coverHash: cover.hash }),
    }),
    signal,
  }).catch((error: unknown) => {
    stopping.abort(error);
    throw error;
  });
  const original = storedAsset(sealed, found.audio.mediaType, now());
  const read = await reading;
  const companions = read
    ? [await sealTable(read.table, { parentId: original.assetId, seal, now, signal })]
    : [];
  return { original, companions };
}

/** Never rejects. Undefined where it is to be tried again once the track is in. */
async function tableOf(
  content: ImportContent,
  probe: MediaProbe,
  signal: AbortSignal,
): Promise<{ readonly table: PacketTable | undefined } | undefined> {
  try {
    const table = await readTable(probe, content, signal);
    await content.assertUnchanged();
    return { table };
  } catch {
    return undefined;
  }
}
