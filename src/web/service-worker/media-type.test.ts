import { expect, test } from 'vitest';
import { mediaTypeOf } from './media-type.ts';

const letters = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

test('what files of music begin with tells their media type', () => {
  expect(mediaTypeOf(letters('fLaC'))).toBe('audio/flac');
  expect(mediaTypeOf(letters('OggS'))).toBe('audio/ogg');
  expect(mediaTypeOf(letters('\0\0\0\x1cftypM4A '))).toBe('audio/mp4');
  expect(mediaTypeOf(letters('ID3\x04'))).toBe('audio/mpeg');
  expect(mediaTypeOf(Uint8Array.of(0xff, 0xfb, 0x90))).toBe('audio/mpeg');
  expect(mediaTypeOf(Uint8Array.of(0xff, 0xf1, 0x50))).toBe('audio/aac');
  expect(mediaTypeOf(letters('RIFF'))).toBe('audio/wav');
  expect(mediaTypeOf(letters('else'))).toBe('application/octet-stream');
  expect(mediaTypeOf(new Uint8Array())).toBe('application/octet-stream');
});
