import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { ClefError } from '../../core/index.ts';
import type { Shell, WithShell } from '../shell.ts';

interface SpeakerFlags {
  readonly server: string;
  readonly name?: string;
  readonly keyFile?: string;
  readonly play?: true;
  readonly session: string;
  readonly output: 'auto' | 'pulse' | 'alsa';
  readonly device?: string;
  readonly rate: string;
  readonly latency: string;
  readonly ca?: string;
  readonly state?: string;
  readonly verbose?: true;
}

const SESSION = /^(?:main|[A-Za-z0-9_-]{16})$/;
const LONGEST_NAME_CHARACTERS = 100;
/** Below, a busy machine runs dry; above, a pause is heard too late. */
const [LEAST_LATENCY_MS, MOST_LATENCY_MS] = [20, 1_000];

export function speakerCommand(withShell: WithShell): Command {
  return new Command('speaker')
    .description('Make what a server plays heard here, in step with pages and other speakers.')
    .requiredOption('--server <url>', 'the server, as people open it: https://music.example.org')
    .option('--name <name>', 'what it is called under "Where it plays" (default: the name of this machine)')
    .option('--key-file <file>', 'a file with an API key; CLEF_API_KEY otherwise')
    .option('--play', 'take part at once, without being chosen on a page')
    .option('--session <id>', 'the playback session that it belongs to', 'main')
    .addOption(
      new Option('--output <kind>', 'pulse (PulseAudio, PipeWire), alsa, or what is there')
        .choices(['auto', 'pulse', 'alsa'])
        .default('auto'),
    )
    .option('--device <name>', 'a sink of `pactl list short sinks`, or a device of `aplay -L`')
    .addOption(new Option('--rate <hz>', 'frames a second').choices(['44100', '48000']).default('44100'))
    .option('--latency <ms>', 'what the sound device holds; more where sound breaks off', '120')
    .option('--ca <file>', 'a certificate authority to trust besides, in PEM: that of `clef tls init`')
    .option('--state <file>', 'where it remembers who it is (default: in the folder for state of its user)')
    .option('--verbose', 'tell of each track, and how far apart it is heard')
    .addHelpText(
      'after',
      '\nMake the key where the server runs: clef api-key create NAME --client kitchen' +
        '\nIt needs ffmpeg, and pacat (pulseaudio-utils) or aplay (alsa-utils).',
    )
    .action(
      withShell(async (shell, flags: SpeakerFlags) => {
        const { speak } = await import('../app/speak.ts');
        await speak(shell, {
          serverUrl: serverUrlOf(flags.server),
          name: nameOf(flags.name),
          apiKey: await apiKeyOf(shell, flags.keyFile),
          playsAtOnce: flags.play === true,
          sessionId: sessionOf(flags.session),
          output: flags.output,
          device: flags.device,
          rateHz: Number(flags.rate),
          latencyMs: latencyOf(flags.latency),
          authorityFile: flags.ca,
          stateFile: flags.state,
          isVerbose: flags.verbose === true,
        });
      }),
    );
}

function serverUrlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username)
    throw new ClefError('usage', '--server wants an address such as https://music.example.org');
  return url.href.replace(/\/+$/, '');
}

function nameOf(given: string | undefined): string | undefined {
  const name = given?.trim();
  if (name === '' || (name?.length ?? 0) > LONGEST_NAME_CHARACTERS)
    throw new ClefError('usage', `--name wants 1 to ${LONGEST_NAME_CHARACTERS} characters`);
  return name;
}

function sessionOf(text: string): string {
  if (!SESSION.test(text)) throw new ClefError('usage', '--session wants main, or the id of a session');
  return text;
}

function latencyOf(text: string): number {
  const latencyMs = Number(text);
  if (!Number.isInteger(latencyMs) || latencyMs < LEAST_LATENCY_MS || latencyMs > MOST_LATENCY_MS)
    throw new ClefError('usage', `--latency wants ${LEAST_LATENCY_MS} to ${MOST_LATENCY_MS} milliseconds`);
  return latencyMs;
}

/** Never an argument: what runs on a machine is seen by everyone on it. */
async function apiKeyOf({ config, terminal }: Shell, file: string | undefined): Promise<string> {
  if (file !== undefined) {
    const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      throw new ClefError('usage', `--key-file: it cannot be read (${cause.code})`, { cause });
    });
    const key = text.trim();
    if (key === '') throw new ClefError('usage', '--key-file: it is empty');
    return key;
  }
  return config.apiKey ?? (await terminal.askSecret('API key (CLEF_API_KEY, or --key-file)')).trim();
}
