import { boxesIn, childOf } from './mp4-boxes.ts';
import type { Mp4Sample } from './mp4-samples.ts';

// ISO/IEC 14496-12 sections 8.8.3, 8.8.7 and 8.8.8.

export interface FragmentDefaults {
  readonly duration: number;
  readonly lengthBytes: number;
}

/** `trex` of a track: what its fragments do not say. */
export function fragmentDefaults(moov: DataView, trackId: number): FragmentDefaults | undefined {
  const mvex = childOf(moov, 'mvex');
  if (!mvex) return undefined;
  for (const { type, body } of boxesIn(mvex)) {
    if (type === 'trex' && body.byteLength >= 24 && body.getUint32(4) === trackId)
      return { duration: body.getUint32(12), lengthBytes: body.getUint32(16) };
  }
  return undefined;
}

/** Reads the optional fields of a full box, in order of their flags. */
class Fields {
  readonly #view: DataView;
  readonly #flags: number;
  #at: number;

  constructor(view: DataView, firstAt: number) {
    this.#view = view;
    this.#flags = view.getUint32(0) & 0xffffff;
    this.#at = firstAt;
  }

  has(flag: number): boolean {
    return (this.#flags & flag) !== 0;
  }

  number(flag: number): number | undefined {
    if (!this.has(flag)) return undefined;
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4);
  }

  long(flag: number): number | undefined {
    if (!this.has(flag)) return undefined;
    this.#at += 8;
    return Number(this.#view.getBigUint64(this.#at - 8));
  }
}

/** The samples of one track in a `moof`, which itself begins at `moofBytes` of the file. */
export function* fragmentSamples(
  moof: DataView,
  moofBytes: number,
  trackId: number,
  defaults: FragmentDefaults,
): Generator<Mp4Sample> {
  for (const { type, body: traf } of boxesIn(moof)) {
    const tfhd = type === 'traf' ? childOf(traf, 'tfhd') : undefined;
    if (!tfhd || tfhd.getUint32(4) !== trackId) continue;
    const header = new Fields(tfhd, 8);
    const baseBytes = header.long(0x01) ?? moofBytes;
    header.number(0x02);
    const duration = header.number(0x08) ?? defaults.duration;
    const lengthBytes = header.number(0x10) ?? defaults.lengthBytes;
    let offsetBytes = baseBytes;
    for (const { type: kind, body: trun } of boxesIn(traf)) {
      if (kind !== 'trun') continue;
      const run = new Fields(trun, 8);
      const count = trun.getUint32(4);
      const relative = run.number(0x01);
      if (relative !== undefined) offsetBytes = baseBytes + (relative | 0);
      run.number(0x04);
      for (let i = 0; i < count; i++) {
        const sample = {
          offsetBytes,
          duration: run.number(0x100) ?? duration,
          lengthBytes: run.number(0x200) ?? lengthBytes,
        };
        run.number(0x400);
        run.number(0x800);
        yield sample;
        offsetBytes += sample.lengthBytes;
      }
    }
  }
}
