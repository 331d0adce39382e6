import { LARGEST_PACKET, MOST_PACKETS, type Packets } from '../../../playback/index.ts';

/** Gathers packets in the order of their bytes. What a table cannot hold makes `finish` answer undefined. */
export class PacketList {
  readonly #startSample: number[] = [0];
  readonly #spanStart: number[] = [0];
  readonly #offsets: number[] = [];
  readonly #lengths: number[] = [];
  #isSound = true;

  get count(): number {
    return this.#startSample.length - 1;
  }

  /** Of all packets. */
  get sampleCount(): number {
    return this.#startSample.at(-1) ?? 0;
  }

  /** Where the last span ends. */
  get endBytes(): number {
    return (this.#offsets.at(-1) ?? 0) + (this.#lengths.at(-1) ?? 0);
  }

  /** Before the packet that it belongs to is ended; one that follows its neighbour in the same packet joins it. */
  addSpan(offsetBytes: number, lengthBytes: number): void {
    if (lengthBytes === 0) return;
    if (offsetBytes < this.endBytes || lengthBytes > LARGEST_PACKET) this.#isSound = false;
    const isFirst = this.#offsets.length === this.#spanStart.at(-1);
    if (!isFirst && offsetBytes === this.endBytes) {
      this.#lengths.push((this.#lengths.pop() ?? 0) + lengthBytes);
      return;
    }
    this.#offsets.push(offsetBytes);
    this.#lengths.push(lengthBytes);
  }

  /** The spans since the packet before are one packet; without any, nothing happens. */
  endPacket(sampleCount: number): void {
    if (this.#offsets.length === this.#spanStart.at(-1)) return;
    if (this.count >= MOST_PACKETS || sampleCount > LARGEST_PACKET) {
      this.#isSound = false;
      return;
    }
    this.#startSample.push(this.sampleCount + sampleCount);
    this.#spanStart.push(this.#offsets.length);
  }

  add(offsetBytes: number, lengthBytes: number, sampleCount: number): void {
    this.addSpan(offsetBytes, lengthBytes);
    this.endPacket(sampleCount);
  }

  /** Spans of a packet that never ended are left out. */
  finish(): Packets | undefined {
    const spanCount = this.#spanStart.at(-1) ?? 0;
    if (!this.#isSound || this.count === 0) return undefined;
    return {
      count: this.count,
      startSample: Float64Array.from(this.#startSample),
      spanStart: Uint32Array.from(this.#spanStart),
      spanOffsetBytes: Float64Array.from(this.#offsets.slice(0, spanCount)),
      spanLengthBytes: Uint32Array.from(this.#lengths.slice(0, spanCount)),
    };
  }
}
