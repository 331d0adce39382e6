import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/clef-process.ts';
import { fileOfPackage } from '../../../test/support/debian.ts';
import { startSoundCard } from '../../../test/support/sound-card.ts';
import type { DeviceEvents, DeviceReading, SoundDevice } from '../port.ts';
import { openAplay } from './aplay.ts';
import { openPacat } from './pacat.ts';

const RATE_HZ = 44_100;

/** All that a device has told. */
function listener() {
  const readings: DeviceReading[] = [];
  const gone: Error[] = [];
  const told = { readings, gone, underruns: 0 };
  const events: DeviceEvents = {
    onReading: (reading) => readings.push(reading),
    onUnderrun: () => void told.underruns++,
    onGone: (error) => gone.push(error),
  };
  return { told, events };
}

describe('pacat', () => {
  it('has all frames heard in order, tells when, and when it ran dry', {
    timeout: 60_000,
  }, async (context) => {
    const program = fileOfPackage('pulseaudio-utils', '/usr/bin/pacat', context);
    await using card = await startSoundCard(context, RATE_HZ);
    await using recorder = await card.record();
    const { told, events } = listener();
    const environment = { ...process.env, ...card.environment };
    await using device = openPacat(
      { program, rateHz: RATE_HZ, latencyMs: 1_000, name: 'Test', environment },
      events,
    );
    const seconds = 2;
    const ramp = Float32Array.from(
      { length: 2 * RATE_HZ * seconds },
      (_, i) => ((i >> 1) + 1) / (RATE_HZ * seconds),
    );
    device.write(ramp);
    const heard = await recorder.untilSilent();
    const first = heard.findIndex((sample) => sample !== 0);
    expect(heard.subarray(first, first + ramp.length)).toEqual(ramp);
    await expect.poll(() => told.underruns, { timeout: 10_000 }).toBe(1);
    const frames = told.readings.map(({ heardFrames }) => heardFrames);
    expect(frames.length).toBeGreaterThan(5);
    expect(frames).toEqual(frames.toSorted((one, other) => one - other));
    expect(frames.at(-1)).toBeLessThan(RATE_HZ * (seconds + 0.1));
    expect(told.gone).toEqual([]);
  });

  it('is gone with its server, and says why', async (context) => {
    const program = fileOfPackage('pulseaudio-utils', '/usr/bin/pacat', context);
    const { told, events } = listener();
    const environment = { PATH: process.env.PATH, PULSE_SERVER: 'unix:/nowhere/native' };
    await using _ = openPacat(
      { program, rateHz: RATE_HZ, latencyMs: 200, name: 'Test', environment },
      events,
    );
    await expect.poll(() => told.gone[0]?.message, { timeout: 20_000 }).toMatch(/refused|failure/i);
  });
});

describe('aplay', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeEach(async () => {
    folder = await temporaryFolder('aplay');
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  /** What stands for aplay and a kernel with one card at 48 kHz, here: no machine of a test has a sound card. */
  async function open(
    after: string,
  ): Promise<{ device: SoundDevice; told: ReturnType<typeof listener>['told'] }> {
    const sub = join(folder.path, 'asound', 'card1', 'pcm0p', 'sub0');
    await mkdir(sub, { recursive: true });
    await mkdir(join(folder.path, 'asound', 'card0', 'pcm0c', 'sub0'), { recursive: true });
    await writeFile(
      join(sub, 'hw_params'),
      'access: RW_INTERLEAVED\nformat: S16_LE\nrate: 48000 (48000/1)\n',
    );
    const status = (pid: string) =>
      `state: RUNNING\nowner_pid   : ${pid}\ntrigger_time: 1.5\ndelay       : 4800\navail       : 0\nhw_ptr      : 48000\nappl_ptr    : 52800\n`;
    const program = join(folder.path, 'aplay');
    const script = `#!/bin/sh\necho "$@" > "$HOME/arguments"\ncat > "$HOME/status" <<END\n${status('$$')}END\nmv "$HOME/status" "${sub}/status"\nhead -c 8 > "$HOME/heard"\n${after}\n`;
    await writeFile(program, script);
    await chmod(program, 0o755);
    const { told, events } = listener();
    const environment = { PATH: process.env.PATH, HOME: folder.path };
    const proc = join(folder.path, 'asound');
    const device = openAplay(
      { program, device: 'plughw:1', rateHz: RATE_HZ, latencyMs: 120, environment, proc },
      events,
    );
    return { device, told };
  }

  it('is given samples of 16 bits, and the kernel tells what of them was heard, whatever the rate of the card', async () => {
    const { device, told } = await open('exec cat > /dev/null');
    await using _ = device;
    device.write(Float32Array.of(0, 1, -1, 0.5));
    await expect.poll(() => told.readings.length, { timeout: 10_000 }).toBeGreaterThan(2);
    expect(told.readings[0]?.heardFrames).toBeCloseTo(RATE_HZ, 6);
    const heard = await readFile(join(folder.path, 'heard'));
    expect([0, 2, 4, 6].map((at) => heard.readInt16LE(at))).toEqual([0, 32_767, -32_767, 16_384]);
    expect(await readFile(join(folder.path, 'arguments'), 'utf8')).toBe(
      '--quiet --file-type=raw --format=S16_LE --channels=2 --rate=44100 --buffer-time=120000 --device=plughw:1 -\n',
    );
  });

  it('is begun anew where the card ran dry, since counting is', async () => {
    const { device, told } = await open(
      'echo "underrun!!! (at least 5.1 ms long)" >&2; exec cat > /dev/null',
    );
    await using _ = device;
    device.write(Float32Array.of(0, 1, -1, 0.5));
    await expect.poll(() => told.gone.length, { timeout: 10_000 }).toBe(1);
  });

  it('says what it said last where it ends', async () => {
    const { device, told } = await open(
      'echo "aplay: main:850: audio open error: No such device" >&2; exit 1',
    );
    await using _ = device;
    device.write(Float32Array.of(0, 1, -1, 0.5));
    await expect.poll(() => told.gone[0]?.message, { timeout: 10_000 }).toContain('No such device');
  });
});
