import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runClef, temporaryFolder } from '../support/clef-process.ts';
import { heardMoments, skewOf } from '../support/heard-places.ts';
import { openSpeakerWorld, sideVoice, SPEAKER_RATE_HZ } from '../support/speaker-world.ts';
import { waitFor } from '../support/wait-for.ts';

/** More than any other promises: this machine does other things, too. */
const PATIENT_MS = '500';
/** What the proof aims at, and what a lone one may be off by in the recording, which has it later by what it took. */
const IN_STEP_MS = 20;
const KNOWN_MS = 100;
/** Of noise that sounds, some samples are louder. */
const LOUD = 0.02;

describe('clef speaker', () => {
  it('waits to be chosen, plays in step with another, and leaves with a word', async (context) => {
    await using world = await openSpeakerWorld(context, { seed: 11, seconds: [40] });
    const { phone, card, queue, noises } = world;
    await using kitchen = await world.startSpeaker('Kitchen', ['--device', 'left', '--latency', PATIENT_MS]);
    await using bath = await world.startSpeaker('Bath', [
      '--device',
      'right',
      '--latency',
      PATIENT_MS,
      '--play',
    ]);
    const outputIds = () => phone.state?.outputs.map(({ outputId }) => outputId) ?? [];
    await expect.poll(outputIds, { timeout: 20_000 }).toEqual([bath.instanceId]);
    const chosen = { outputId: kitchen.instanceId, name: 'Kitchen', kind: 'speaker' as const };
    await phone.do({
      type: 'output.add',
      output: { ...chosen, volume: 1, muted: false, delayMs: 0, leadMs: 0 },
    });
    const leads = () => phone.state?.outputs.map(({ leadMs }) => leadMs >= 500);
    await expect.poll(leads, { timeout: 20_000 }).toEqual([true, true]);
    await expect.poll(kitchen.said).toMatch(/waits to be chosen[^]*Chosen: plays the session/);

    await using recorder = await card.record();
    await phone.do({ type: 'queue.replace', items: [...queue], startIndex: 0, positionMs: 0, play: true });
    const moments = () => {
      const heard = recorder.heard();
      const voices = [sideVoice(heard, 0, noises), sideVoice(heard, 1, noises)];
      return heardMoments(voices, world.told(), recorder.sinceMs, SPEAKER_RATE_HZ);
    };
    const inStep = async (sinceMs: number) =>
      waitFor('both in step', async () => {
        await new Promise((resolve) => setTimeout(resolve, 500));
        const since = moments().filter(({ atMs }) => atMs > sinceMs);
        const skews = since.flatMap((moment) => skewOf(moment) ?? []);
        return skews.filter((skew) => skew < IN_STEP_MS).length > 10 ? since : undefined;
      });
    for (const { lateMs } of await inStep(recorder.sinceMs))
      for (const late of lateMs) expect(Math.abs(late ?? 0)).toBeLessThan(KNOWN_MS);
    await phone.do({ type: 'seek', positionMs: 20_000 });
    await inStep(performance.now());

    expect(await bath.stop()).toBe(0);
    await expect.poll(outputIds).toEqual([kitchen.instanceId]);
    expect(phone.state?.main.playing).toBe(true);
    expect(await kitchen.stop()).toBe(0);
    await expect.poll(outputIds).toEqual([]);
    expect(phone.state?.main.playing).toBe(false);
  });

  it('plays on while its server is away, and is there again when it is back', async (context) => {
    await using world = await openSpeakerWorld(context, { seed: 12, seconds: [60] });
    const { card, queue } = world;
    await using kitchen = await world.startSpeaker('Kitchen', ['--latency', PATIENT_MS, '--play']);
    const outputIds = () => world.phone.state?.outputs.map(({ outputId }) => outputId) ?? [];
    await expect.poll(outputIds, { timeout: 20_000 }).toEqual([kitchen.instanceId]);
    await using recorder = await card.record();
    await world.phone.do({
      type: 'queue.replace',
      items: [...queue],
      startIndex: 0,
      positionMs: 0,
      play: true,
    });
    /** Sound is recorded that was made so long after now, at least. */
    const isHeardAfter = async (ms: number) => {
      const from = recorder.heard().length + 2 * (ms / 1_000) * SPEAKER_RATE_HZ;
      await waitFor('sound', async () => {
        await new Promise((resolve) => setTimeout(resolve, 500));
        return (
          recorder
            .heard()
            .subarray(from)
            .some((sample) => Math.abs(sample) > LOUD) || undefined
        );
      });
    };
    await isHeardAfter(1_000);
    await world.server.stop('SIGKILL');
    await isHeardAfter(3_000);
    await world.restart();
    await expect.poll(outputIds, { timeout: 40_000 }).toEqual([kitchen.instanceId]);
    await expect.poll(kitchen.said, { timeout: 40_000 }).toMatch(/is away[^]*The server is there/);
    expect(world.phone.state?.main.playing).toBe(true);
    await world.phone.do({ type: 'seek', positionMs: 1_000 });
    await isHeardAfter(500);
    expect(await kitchen.stop()).toBe(0);
    await expect.poll(outputIds).toEqual([]);
  });

  it.skipIf(existsSync('/usr/bin/aplay'))('names the package of a program that is missing', async () => {
    await using folder = await temporaryFolder('speaker');
    const settings = { CLEF_DATA: folder.path, CLEF_API_KEY: 'clef_1_x' };
    const flags = [
      '--server',
      'http://127.0.0.1:9',
      '--output',
      'alsa',
      '--state',
      join(folder.path, 'state'),
    ];
    const { status, stderr } = await runClef(['speaker', ...flags], settings);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'clef: a speaker needs aplay: install the package alsa-utils\n',
    });
  });

  it('says in a sentence what is wrong', async () => {
    await using folder = await temporaryFolder('speaker');
    const settings = { CLEF_DATA: folder.path, CLEF_API_KEY: 'clef_1_x', PATH: '/usr/bin:/bin' };
    const speaker = (...args: string[]) => runClef(['speaker', ...args], settings);
    expect(await speaker()).toMatchObject({ status: 2, stderr: expect.stringContaining('--server') });
    const wrong = [
      [['--server', 'ftp://here'], '--server wants an address'],
      [['--server', 'http://127.0.0.1:9', '--latency', '5'], '--latency wants 20 to 1000'],
      [
        ['--server', 'http://127.0.0.1:9', '--key-file', '/nowhere'],
        '--key-file: it cannot be read (ENOENT)',
      ],
    ] as const;
    for (const [args, said] of wrong)
      expect(await speaker(...args)).toMatchObject({ status: 2, stderr: expect.stringContaining(said) });
    const help = await speaker('--help');
    expect(help).toMatchObject({ status: 0, stdout: expect.stringContaining('clef api-key create') });
  });
});
