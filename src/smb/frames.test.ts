import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameReader, frameHead } from './frames.ts';

test('messages come whole, however a socket cuts them', () => {
  const messages = fc.array(fc.tuple(fc.jsonValue(), fc.uint8Array({ maxLength: 40 })), { maxLength: 6 });
  const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 });
  fc.assert(
    fc.property(messages, cuts, (sent, lengths) => {
      const stream = Buffer.concat(sent.flatMap(([text, bytes]) => [frameHead(text, bytes.length), bytes]));
      const got: unknown[] = [];
      let room = new Uint8Array(40);
      const reader = new FrameReader({
        room: () => room,
        message: (message, lengthBytes) => {
          got.push([message, room.subarray(0, lengthBytes)]);
          room = new Uint8Array(40);
        },
        garbled: () => got.push('garbled'),
      });
      for (let at = 0, i = 0; at < stream.length; i++) {
        const length = lengths[i % lengths.length] ?? 1;
        reader.take(stream.subarray(at, at + length));
        at += length;
      }
      expect(got).toEqual(sent.map(([text, bytes]) => [JSON.parse(JSON.stringify(text)), bytes]));
    }),
  );
});

test('more bytes than there is room for, and what is no message, end the reading', () => {
  const garbled = (stream: Uint8Array): boolean => {
    let isGarbled = false;
    const reader = new FrameReader({
      room: () => new Uint8Array(4),
      message: () => undefined,
      garbled: () => (isGarbled = true),
    });
    reader.take(stream);
    return isGarbled;
  };
  expect(garbled(Buffer.concat([frameHead({}, 4), new Uint8Array(4)]))).toBe(false);
  expect(garbled(Buffer.concat([frameHead({}, 5), new Uint8Array(5)]))).toBe(true);
  expect(garbled(new Uint8Array(8).fill(255))).toBe(true);
  expect(garbled(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, '{'.charCodeAt(0)))).toBe(true);
});
