import { expect, it } from 'vitest';
import { captureSide } from '../proof/captured-sound.ts';
import { fileOfPackage } from '../support/debian.ts';

it('an album side reaches the sound card without a gap, to the bit', {
  timeout: 300_000,
}, async (context) => {
  fileOfPackage('chromium', '/usr/bin/chromium', context);
  fileOfPackage('ffmpeg', '/usr/bin/ffmpeg', context);
  fileOfPackage('pulseaudio', '/usr/bin/pulseaudio', context);
  fileOfPackage('pulseaudio-utils', '/usr/bin/parec', context);
  const { gaps, frames, different, streams } = await captureSide(6, [1.2, 2.6007]);
  expect({ gaps, frames, different }).toEqual({ gaps: [], frames: 6 * 44_100, different: 0 });
  expect(streams).toEqual([{ format: 'float32le 2ch 44100Hz', resampler: 'n/a' }]);
});
