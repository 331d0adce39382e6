import { boxesIn, childOf, descend } from './mp4-boxes.ts';

/** Which part of the decoder's output is the music, in samples. */
export interface Mp4Trim {
  readonly startSamples: number;
  /** Absent where the file does not say: all that follows. */
  readonly sampleCount?: number;
}

function text(view: DataView): string {
  return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
}

/** Delay, padding and length, in hexadecimal digits after one field that is 0; written by iTunes. */
const ITUNES_GAPLESS = /^\s*[0-9a-f]{8} ([0-9a-f]{8}) ([0-9a-f]{8}) ([0-9a-f]{16})\b/i;

/** `iTunSMPB`, a free-form tag (`----` of `mean`, `name`, `data`). */
export function readItunesTrim(moov: DataView): Mp4Trim | undefined {
  const meta = descend(moov, 'udta', 'meta');
  // A full box, except in QuickTime.
  const list = meta && (childOf(meta, 'ilst', 4) ?? childOf(meta, 'ilst'));
  if (!list) return undefined;
  for (const { type, body } of boxesIn(list)) {
    if (type !== '----') continue;
    const name = childOf(body, 'name');
    const data = childOf(body, 'data');
    if (!name || !data || data.byteLength > 1_024 || text(name).slice(4) !== 'iTunSMPB') continue;
    const [, delay, , length] = ITUNES_GAPLESS.exec(text(data).slice(8)) ?? [];
    if (delay === undefined || length === undefined) return undefined;
    return { startSamples: Number.parseInt(delay, 16), sampleCount: Number.parseInt(length, 16) };
  }
  return undefined;
}

export interface EditContext {
  readonly movieScale: number;
  readonly trackScale: number;
  /** Of all samples together, in units of the track. */
  readonly trackDuration: number;
  readonly sampleRateHz: number;
}

/**
 * The edit list's one edit (ISO/IEC 14496-12 section 8.6.6); 'unknown' where it plays more than one part. Its
 * length is in units of the movie, often milliseconds, in which case the samples' own durations are meant.
 */
export function readEditTrim(trak: DataView, context: EditContext): Mp4Trim | 'unknown' {
  const { movieScale, trackScale, trackDuration, sampleRateHz } = context;
  const toSamples = (units: number): number => Math.round((units * sampleRateHz) / trackScale);
  const whole = { startSamples: 0, sampleCount: toSamples(trackDuration) };
  const elst = descend(trak, 'edts', 'elst');
  if (!elst || elst.byteLength < 8) return whole;
  const isLong = elst.getUint8(0) === 1;
  const entryBytes = isLong ? 20 : 12;
  const count = elst.getUint32(4);
  const edits: { lengthUnits: number; start: number }[] = [];
  for (let i = 0; i < count; i++) {
    const at = 8 + i * entryBytes;
    if (at + entryBytes > elst.byteLength || edits.length > 1) return 'unknown';
    const lengthUnits = isLong ? Number(elst.getBigUint64(at)) : elst.getUint32(at);
    const start = isLong ? Number(elst.getBigInt64(at + 8)) : elst.getInt32(at + 4);
    // An empty edit is a pause before the music, which nobody wants to hear.
    if (start >= 0) edits.push({ lengthUnits, start });
  }
  const [edit] = edits;
  if (!edit) return whole;
  if (edits.length > 1) return 'unknown';
  const startSamples = toSamples(edit.start);
  const rest = Math.max(0, trackDuration - edit.start);
  const length = (edit.lengthUnits * trackScale) / movieScale;
  const isRest = edit.lengthUnits === 0 || Math.abs(length - rest) <= Math.max(1, trackScale / movieScale);
  return { startSamples, sampleCount: toSamples(isRest ? rest : Math.min(rest, length)) };
}
