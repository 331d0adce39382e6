import { describe, expect, it } from 'vitest';
import { pcmSamples, widen } from './pcm.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);

describe('PCM', () => {
  it('of every format is its value over full scale', () => {
    expect([...pcmSamples(bytes(0, 128, 192), 'u8')]).toEqual([-1, 0, 0.5]);
    expect([...pcmSamples(bytes(0, 0x80, 0, 0x40), 's16le')]).toEqual([-1, 0.5]);
    expect([...pcmSamples(bytes(0x80, 0, 0x40, 0), 's16be')]).toEqual([-1, 0.5]);
    expect([...pcmSamples(bytes(0, 0, 0x80, 1, 0, 0, 0xff, 0xff, 0xff), 's24le')]).toEqual([
      -1,
      2 ** -23,
      -(2 ** -23),
    ]);
    expect([...pcmSamples(bytes(0x80, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff), 's24be')]).toEqual([
      -1,
      2 ** -23,
      -(2 ** -23),
    ]);
    expect([...pcmSamples(bytes(0, 0, 0, 0x80, 0, 0, 0, 0x20), 's32le')]).toEqual([-1, 0.25]);
    expect([...pcmSamples(bytes(0x80, 0, 0, 0, 0x20, 0, 0, 0), 's32be')]).toEqual([-1, 0.25]);
    expect([...pcmSamples(new Uint8Array(Float32Array.of(0.125).buffer), 'f32le')]).toEqual([0.125]);
    expect([...pcmSamples(new Uint8Array(Float64Array.of(0.125).buffer), 'f64le')]).toEqual([0.125]);
  });

  it('that ends in mid-sample is read up to there, from any place in a buffer', () => {
    expect([...pcmSamples(bytes(9, 0, 0x40, 7).subarray(1), 's16le')]).toEqual([0.5]);
  });

  it('of one channel becomes two equal ones, others stay', () => {
    expect([...widen(Float32Array.of(1, 2), 1)]).toEqual([1, 1, 2, 2]);
    expect([...widen(Float32Array.of(1, 2), 2)]).toEqual([1, 2]);
  });
});
