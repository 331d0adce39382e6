/** Many byte strings, looked for in one pass over each object: for proofs that nothing shows. */
export class Needles {
  /** One bit for each hash of a first four bytes. */
  readonly #filter = new Uint8Array(2 ** 21);
  readonly #byStart = new Map<number, Buffer[]>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** At least 8 bytes long. */
  add(needle: Uint8Array): void {
    if (needle.length < 8) throw new RangeError('a needle has at least 8 bytes');
    const bytes = Buffer.from(needle);
    const start = bytes.readUInt32LE(0);
    const bit = slot(start);
    this.#filter[bit >>> 3] = (this.#filter[bit >>> 3] ?? 0) | (1 << (bit & 7));
    const known = this.#byStart.get(start) ?? [];
    if (known.some((one) => one.equals(bytes))) return;
    this.#byStart.set(start, [...known, bytes]);
    this.#count++;
  }

  /** Every needle that the bytes hold, once. */
  findIn(haystack: Uint8Array): Buffer[] {
    const bytes = Buffer.from(haystack.buffer, haystack.byteOffset, haystack.length);
    const found = new Set<Buffer>();
    let start = bytes.length >= 4 ? bytes.readUInt32LE(0) : 0;
    for (let at = 0; at + 8 <= bytes.length; at++) {
      const bit = slot(start);
      if (((this.#filter[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0) {
        for (const needle of this.#byStart.get(start) ?? []) {
          if (bytes.subarray(at, at + needle.length).equals(needle)) found.add(needle);
        }
      }
      start = ((start >>> 8) | ((bytes[at + 4] ?? 0) << 24)) >>> 0;
    }
    return [...found];
  }
}

function slot(start: number): number {
  return Math.imul(start, 0x9e3779b1) >>> 8;
}
