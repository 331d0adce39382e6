/** Stereo that came out of engines' contexts, in order. */
export class Recording {
  readonly #left: Float32Array[] = [];
  readonly #right: Float32Array[] = [];

  add([left, right]: [Float32Array, Float32Array]): void {
    this.#left.push(left);
    this.#right.push(right);
  }

  /** From the first sample that is not silent to the last. */
  samples(): readonly [Float32Array, Float32Array] {
    const left = joined(this.#left);
    const right = joined(this.#right);
    const isHeard = (_: number, i: number) => left[i] !== 0 || right[i] !== 0;
    const first = left.findIndex(isHeard);
    const last = left.findLastIndex(isHeard);
    return first < 0
      ? [new Float32Array(), new Float32Array()]
      : [left.subarray(first, last + 1), right.subarray(first, last + 1)];
  }

  clear(): void {
    this.#left.length = 0;
    this.#right.length = 0;
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
