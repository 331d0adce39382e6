import { MOST_PACKETS } from '../../../playback/index.ts';
import { childOf } from './mp4-boxes.ts';

/** A packet as an MP4 file lists it, its time in units of the track. */
export interface Mp4Sample {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  readonly duration: number;
}

/** The count in a full box, unless its entries do not fit the box. */
function entryCount(view: DataView, entryBytes: number, countAt = 4): number {
  if (view.byteLength < countAt + 4) return 0;
  const count = view.getUint32(countAt);
  return count * entryBytes <= view.byteLength - countAt - 4 ? count : 0;
}

type Sizes = (index: number) => number;

/** `stsz` and `stz2` (ISO/IEC 14496-12 section 8.7.3). */
function readSizes(stbl: DataView): { count: number; sizeOf: Sizes } | undefined {
  const stsz = childOf(stbl, 'stsz');
  if (stsz && stsz.byteLength >= 12) {
    const size = stsz.getUint32(4);
    if (size > 0) return { count: stsz.getUint32(8), sizeOf: () => size };
    return { count: entryCount(stsz, 4, 8), sizeOf: (i) => stsz.getUint32(12 + 4 * i) };
  }
  const stz2 = childOf(stbl, 'stz2');
  if (!stz2 || stz2.byteLength < 12) return undefined;
  const bits = stz2.getUint8(7);
  if (bits !== 4 && bits !== 8 && bits !== 16) return undefined;
  const count = entryCount(stz2, bits / 8, 8);
  if (bits === 16) return { count, sizeOf: (i) => stz2.getUint16(12 + 2 * i) };
  if (bits === 8) return { count, sizeOf: (i) => stz2.getUint8(12 + i) };
  return { count, sizeOf: (i) => (stz2.getUint8(12 + (i >> 1)) >> (i % 2 === 0 ? 4 : 0)) & 0x0f };
}

/** `stts`: runs of samples of one duration. */
function* durations(stts: DataView): Generator<number, undefined> {
  const runs = entryCount(stts, 8);
  for (let run = 0; run < runs; run++) {
    const count = stts.getUint32(8 + 8 * run);
    const duration = stts.getUint32(12 + 8 * run);
    for (let i = 0; i < count; i++) yield duration;
  }
  return undefined;
}

/** `stco` and `co64` with `stsc`: offset of each chunk, and how many samples it holds. */
function* chunks(stbl: DataView): Generator<{ offsetBytes: number; sampleCount: number }> {
  const stco = childOf(stbl, 'stco');
  const co64 = childOf(stbl, 'co64');
  const stsc = childOf(stbl, 'stsc');
  const count = stco ? entryCount(stco, 4) : co64 ? entryCount(co64, 8) : 0;
  const runs = stsc ? entryCount(stsc, 12) : 0;
  if (!stsc || runs === 0) return;
  for (let chunk = 0, run = 0; chunk < count; chunk++) {
    // Runs name their first chunk, from 1 on.
    while (run + 1 < runs && stsc.getUint32(8 + 12 * (run + 1)) <= chunk + 1) run++;
    yield {
      offsetBytes: stco ? stco.getUint32(8 + 4 * chunk) : Number(co64?.getBigUint64(8 + 8 * chunk) ?? 0),
      sampleCount: stsc.getUint32(12 + 12 * run),
    };
  }
}

/** The samples of a track's tables, in order; fewer where the tables do not agree. */
export function* samplesOf(stbl: DataView): Generator<Mp4Sample> {
  const sizes = readSizes(stbl);
  const stts = childOf(stbl, 'stts');
  if (!sizes || !stts) return;
  const times = durations(stts);
  const count = Math.min(sizes.count, MOST_PACKETS + 1);
  let index = 0;
  for (const chunk of chunks(stbl)) {
    let offsetBytes = chunk.offsetBytes;
    for (let i = 0; i < chunk.sampleCount; i++) {
      if (index >= count) return;
      const duration = times.next().value;
      if (duration === undefined) return;
      const lengthBytes = sizes.sizeOf(index++);
      yield { offsetBytes, lengthBytes, duration };
      offsetBytes += lengthBytes;
    }
  }
}
