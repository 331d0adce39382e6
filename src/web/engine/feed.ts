import { packetAt, type PacketTable, planSeek } from '../../playback/index.ts';
import { createDecoder, type PacketDecoder } from './decoder.ts';
import { faultOf } from './faults.ts';
import { widen } from './pcm.ts';
import type { EngineFault } from './port.ts';
import { START_SECONDS } from './ring.ts';
import type { TrackReader } from './track-reader.ts';

/** Decoded sound that waits for room in a ring, or for its turn. */
const QUEUED_SECONDS = 2;
/** Packets inside the decoder. */
const MOST_PENDING = 12;
const FIRST_OUTPUT_MS = 50;

/**
 * The music of one track from one sample on, exact to the sample: no more than its table says, and no less unless
 * the file is damaged. Stops decoding while enough waits to be taken.
 */
export class Feed {
  readonly reader: TrackReader;
  startSample = 0;
  table: PacketTable | undefined;
  /** Nothing more will come than is queued. */
  isOver = false;
  fault: EngineFault | undefined;
  /** Of the music, those that were taken or are queued. */
  madeFrames = 0;
  queuedFrames = 0;
  nextPacket = 0;
  readonly #onProgress: () => void;
  readonly #queue: Float32Array<ArrayBuffer>[] = [];
  #decoder: PacketDecoder | undefined;
  #skipFrames = 0;
  #isClosed = false;
  #wake: (() => void) | undefined;
  #wakeOnOutput: (() => void) | undefined;

  constructor(reader: TrackReader, startMs: number, onProgress: () => void) {
    this.reader = reader;
    this.#onProgress = onProgress;
    void this.#run(startMs);
  }

  /** Channels of what is taken: mono is widened. */
  get channelCount(): number {
    return Math.max(2, this.table?.channelCount ?? 2);
  }

  /** Frames from the start sample to the end of the music. */
  get wholeFrames(): number {
    if (this.isOver) return this.madeFrames;
    return Math.max(0, (this.table?.sampleCount ?? 0) - this.startSample);
  }

  /** Interleaved frames, at most so many. */
  take(mostFrames: number): Float32Array<ArrayBuffer> | undefined {
    const [block] = this.#queue;
    if (!block || mostFrames < 1) return undefined;
    const most = Math.floor(mostFrames) * this.channelCount;
    if (block.length <= most) this.#queue.shift();
    else this.#queue[0] = block.subarray(most);
    const taken = block.length <= most ? block : block.subarray(0, most);
    this.queuedFrames -= taken.length / this.channelCount;
    this.#wake?.();
    return taken;
  }

  close(): void {
    this.#isClosed = true;
    this.#queue.length = 0;
    this.#decoder?.close();
    this.#wake?.();
  }

  async #run(startMs: number): Promise<void> {
    try {
      const table = await this.reader.opened;
      if (!this.#isClosed) await this.#decode(table, startMs);
    } catch (error) {
      // What is in the decoder came before what is missing, and is heard.
      await this.#decoder?.flush().catch(() => undefined);
      if (!this.#isClosed) this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const isForeign = error instanceof DOMException && error.name === 'NotSupportedError';
    this.fault = faultOf(isForeign ? { kind: 'unsupported' } : error, this.reader.trackId);
    this.isOver = true;
    this.#decoder?.close();
    this.#wake?.();
    this.#onProgress();
  }

  async #decode(table: PacketTable, startMs: number): Promise<void> {
    const wanted = Math.round((startMs / 1000) * table.sampleRateHz);
    const startSample = Math.max(0, Math.min(wanted, table.sampleCount));
    this.startSample = startSample;
    this.table = table;
    this.#onProgress();
    const { firstPacket, packet, skipSamples } = planSeek(table, startSample);
    this.#skipFrames = skipSamples;
    this.nextPacket = firstPacket;
    const needed = packetAt(table, startSample + START_SECONDS * table.sampleRateHz);
    this.reader.request(firstPacket, needed + 1);
    const decoder = createDecoder(table, {
      onSamples: (samples) => this.#push(samples),
      onFailure: (error) => !this.#isClosed && this.#fail(error),
      onRoom: () => this.#wake?.(),
    });
    this.#decoder = decoder;
    for (; this.nextPacket < table.packets.count && !this.#isOver(table); this.nextPacket++) {
      const here = this.reader.packetNow(this.nextPacket);
      if (!here && this.nextPacket > packet) await this.#firstOutput();
      const bytes = here ?? (await this.reader.packet(this.nextPacket));
      if (this.#stops()) return;
      while (!this.#stops() && (decoder.pending >= MOST_PENDING || this.#isFull(table)))
        await new Promise<void>((resolve) => (this.#wake = resolve));
      if (this.#stops()) return;
      decoder.decode(bytes);
    }
    await decoder.flush();
    if (this.#stops()) return;
    decoder.close();
    this.isOver = true;
    this.#onProgress();
  }

  /** A seek asks for nothing more until it has sounded, or its decoder seems to want more. */
  async #firstOutput(): Promise<void> {
    if (this.madeFrames > 0) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#wakeOnOutput = resolve;
      timer = setTimeout(resolve, FIRST_OUTPUT_MS);
    });
    clearTimeout(timer);
  }

  /** Closed or failed, perhaps while something was awaited. */
  #stops(): boolean {
    return this.#isClosed || this.fault !== undefined;
  }

  #isOver({ sampleCount }: PacketTable): boolean {
    return this.madeFrames >= sampleCount - this.startSample;
  }

  #isFull({ sampleRateHz }: PacketTable): boolean {
    return this.queuedFrames > QUEUED_SECONDS * sampleRateHz;
  }

  #push(samples: Float32Array<ArrayBuffer>): void {
    const { table } = this;
    if (!table || this.#isClosed) return;
    const frames = samples.length / table.channelCount;
    const skipped = Math.min(this.#skipFrames, frames);
    this.#skipFrames -= skipped;
    const left = table.sampleCount - this.startSample - this.madeFrames;
    const kept = Math.min(frames - skipped, left);
    if (kept <= 0) return;
    const music = samples.subarray(skipped * table.channelCount, (skipped + kept) * table.channelCount);
    this.#queue.push(widen(music, table.channelCount));
    this.madeFrames += kept;
    this.queuedFrames += kept;
    this.#wakeOnOutput?.();
    this.#onProgress();
  }
}
