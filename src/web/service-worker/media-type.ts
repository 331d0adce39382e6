/** By what files begin with; an offset, and the letters there. */
const SIGNATURES = [
  ['fLaC', 0, 'audio/flac'],
  ['OggS', 0, 'audio/ogg'],
  ['RIFF', 0, 'audio/wav'],
  ['FORM', 0, 'audio/aiff'],
  ['ftyp', 4, 'audio/mp4'],
  ['ID3', 0, 'audio/mpeg'],
] as const;

/** Of a file of music by its first bytes: what it is called is sealed, and nothing needs it but `<audio>`. */
export function mediaTypeOf(bytes: Uint8Array): string {
  for (const [letters, offset, type] of SIGNATURES) {
    if (Array.from(letters).every((letter, i) => bytes[offset + i] === letter.charCodeAt(0))) return type;
  }
  const [first = 0, second = 0] = bytes;
  // A frame of MPEG audio: eleven bits set, then version and layer, where ADTS has no layer (ISO/IEC 13818-7).
  if (first !== 0xff || second < 0xe0) return 'application/octet-stream';
  return (second & 0xf6) === 0xf0 ? 'audio/aac' : 'audio/mpeg';
}
