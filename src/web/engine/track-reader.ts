import { chunksOf, packetAt, type PacketTable } from '../../playback/index.ts';
import { untilAnswered } from './faults.ts';
import type { EngineFault, OpenedTrack, TrackSource } from './port.ts';

const CHUNK_BYTES = 65_536;
/** Chunks asked for ahead at the same time; what is waited for comes on top. */
const PARALLEL = 3;
/** Bound of a track's bytes in memory: 30 s of 192 kHz with 24 bits. */
const MOST_CHUNKS = 640;
/** Kept behind the packet that is decoded, for a step back. */
const CHUNKS_BEHIND = 32;

interface Asked {
  readonly bytes: Promise<Uint8Array>;
  readonly aborting: AbortController;
}

/** The packets of one track: opens it, asks for its chunks in time, and keeps those that are near. */
export class TrackReader {
  readonly trackId: string;
  readonly opened: Promise<PacketTable>;
  #track: OpenedTrack | undefined;
  readonly #aborting = new AbortController();
  readonly #onFault: (fault: EngineFault | undefined) => void;
  readonly #chunks = new Map<number, Uint8Array>();
  readonly #asked = new Map<number, Asked>();
  #ahead = { from: 0, to: 0 };
  /** Nothing is asked for ahead after a refusal: whoever needs a chunk asks once more. */
  #isRefused = false;

  constructor(source: TrackSource, trackId: string, onFault: (fault: EngineFault | undefined) => void) {
    this.trackId = trackId;
    this.#onFault = onFault;
    this.opened = this.#open(source);
    this.opened.catch(() => undefined);
  }

  async #open(source: TrackSource): Promise<PacketTable> {
    const { signal } = this.#aborting;
    const ask = () => source.open(this.trackId, signal);
    const track = await untilAnswered(this.trackId, signal, this.#onFault, ask);
    if (signal.aborted) track.close();
    signal.throwIfAborted();
    this.#track = track;
    return track.table;
  }

  get table(): PacketTable | undefined {
    return this.#track?.table;
  }

  /** Asks for the chunks of packets [first, end), all at once. What is on its way from elsewhere is let go of: it would come first. */
  request(firstPacket: number, endPacket: number): void {
    const { firstChunk, endChunk } = this.#chunksOf(firstPacket, endPacket);
    this.#ahead = { from: firstChunk, to: firstChunk };
    for (const [index, { aborting }] of this.#asked) {
      if (index >= firstChunk && index < endChunk) continue;
      this.#asked.delete(index);
      aborting.abort();
    }
    for (let index = firstChunk; index < endChunk; index++) this.#chunk(index).catch(() => undefined);
  }

  /** The bytes of a packet; undefined while some of them are not here. */
  packetNow(packet: number): Uint8Array | undefined {
    const pieces = this.#pieces(packet);
    if (!pieces) return undefined;
    const [only] = pieces;
    if (pieces.length === 1 && only) return only;
    const joined = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
    let offset = 0;
    for (const piece of pieces) {
      joined.set(piece, offset);
      offset += piece.length;
    }
    return joined;
  }

  async packet(packet: number): Promise<Uint8Array> {
    const { firstChunk, endChunk } = this.#chunksOf(packet, packet + 1);
    for (;;) {
      const bytes = this.packetNow(packet);
      if (bytes) return bytes;
      const missing = Array.from({ length: endChunk - firstChunk }, (_, i) => this.#chunk(firstChunk + i));
      await Promise.all(missing);
    }
  }

  /** Keeps asking for what packets [packet, until `seconds` later) need. */
  lookAhead(packet: number, seconds: number): void {
    const { table } = this;
    if (!table) return;
    const { count, startSample } = table.packets;
    const untilSample = (startSample[packet] ?? 0) - table.trimStartSamples + seconds * table.sampleRateHz;
    const { firstChunk, endChunk } = this.#chunksOf(
      packet,
      Math.min(count, packetAt(table, untilSample) + 1),
    );
    this.#ahead = { from: firstChunk, to: Math.min(endChunk, firstChunk + MOST_CHUNKS - CHUNKS_BEHIND) };
    for (const index of this.#chunks.keys())
      if (index < firstChunk - CHUNKS_BEHIND || index >= firstChunk + MOST_CHUNKS) this.#chunks.delete(index);
    this.#fetchAhead();
  }

  /** Up to which packet, exclusive, everything from `packet` on is here. */
  fetchedUntil(packet: number): number {
    const { table } = this;
    if (!table) return packet;
    const { count, spanStart, spanOffsetBytes } = table.packets;
    let { firstChunk: chunk } = this.#chunksOf(packet, packet + 1);
    while (this.#chunks.has(chunk)) chunk++;
    const endBytes = chunk * CHUNK_BYTES;
    let low = packet;
    let high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      const lastSpan = (spanStart[middle + 1] ?? 0) - 1;
      const end = (spanOffsetBytes[lastSpan] ?? 0) + (table.packets.spanLengthBytes[lastSpan] ?? 0);
      if (end <= endBytes) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  close(): void {
    this.#aborting.abort();
    this.#track?.close();
    this.#chunks.clear();
  }

  #chunksOf(firstPacket: number, endPacket: number) {
    if (!this.#track) return { firstChunk: 0, endChunk: 0 };
    const { packets } = this.#track.table;
    return chunksOf(packets, firstPacket, Math.min(endPacket, packets.count), CHUNK_BYTES);
  }

  #chunk(index: number): Promise<Uint8Array> {
    const here = this.#chunks.get(index);
    return here ? Promise.resolve(here) : (this.#asked.get(index) ?? this.#ask(index)).bytes;
  }

  #ask(index: number): Asked {
    const aborting = new AbortController();
    const signal = AbortSignal.any([this.#aborting.signal, aborting.signal]);
    const asked = { bytes: this.#fetch(index, signal), aborting };
    this.#asked.set(index, asked);
    const over = () => {
      if (this.#asked.get(index) === asked) this.#asked.delete(index);
      if (!signal.aborted) this.#fetchAhead();
    };
    asked.bytes.then(over, over);
    return asked;
  }

  async #fetch(index: number, signal: AbortSignal): Promise<Uint8Array> {
    const bytes = await untilAnswered(this.trackId, signal, this.#onFault, () => {
      if (!this.#track) throw new Error('a chunk is asked for before its track is open');
      return this.#track.chunk(index, signal);
    });
    if (!this.#aborting.signal.aborted) this.#chunks.set(index, bytes);
    this.#isRefused = false;
    return bytes;
  }

  #fetchAhead(): void {
    if (this.#isRefused) return;
    for (let index = this.#ahead.from; index < this.#ahead.to && this.#asked.size < PARALLEL; index++) {
      if (this.#chunks.has(index) || this.#asked.has(index)) continue;
      const { bytes, aborting } = this.#ask(index);
      bytes.catch(() => {
        if (!aborting.signal.aborted) this.#isRefused = true;
      });
    }
  }

  #pieces(packet: number): Uint8Array[] | undefined {
    const { table } = this;
    if (!table) return undefined;
    const { spanStart, spanOffsetBytes, spanLengthBytes } = table.packets;
    const pieces: Uint8Array[] = [];
    for (let span = spanStart[packet] ?? 0; span < (spanStart[packet + 1] ?? 0); span++) {
      let offset = spanOffsetBytes[span] ?? 0;
      const end = offset + (spanLengthBytes[span] ?? 0);
      while (offset < end) {
        const chunk = this.#chunks.get(Math.floor(offset / CHUNK_BYTES));
        if (!chunk) return undefined;
        const from = offset % CHUNK_BYTES;
        const piece = chunk.subarray(from, from + end - offset);
        if (piece.length === 0) return undefined;
        pieces.push(piece);
        offset += piece.length;
      }
    }
    return pieces;
  }
}
