import type { Decodable } from '../../api/reading.ts';

/** Opus decodes at 48 kHz alone, RFC 6716 section 2; the others are asked at the rate of a CD. */
const CONFIGURATIONS = [
  ['flac', 'flac', 44_100],
  ['mp3', 'mp3', 44_100],
  ['aac', 'mp4a.40.2', 44_100],
  ['opus', 'opus', 48_000],
  ['vorbis', 'vorbis', 44_100],
] as const satisfies readonly (readonly [Decodable, string, number])[];

/** What this browser's `AudioDecoder` takes; only PCM, which the player decodes itself, where it has none. */
export async function whatDecodes(): Promise<readonly Decodable[]> {
  const takes: Decodable[] = ['pcm'];
  if (!('AudioDecoder' in globalThis)) return takes;
  for (const [name, codec, sampleRate] of CONFIGURATIONS) {
    const { supported } = await AudioDecoder.isConfigSupported({
      codec,
      sampleRate,
      numberOfChannels: 2,
    }).catch(() => ({ supported: false }));
    if (supported) takes.push(name);
  }
  return takes;
}
