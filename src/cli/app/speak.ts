import { readFile } from 'node:fs/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { ApiError, createClient, PLAYBACK_SOCKET_PATH, routes, API_PATH } from '../../api/index.ts';
import { ClefError } from '../../core/index.ts';
import type { CloseReason } from '../../playback/session/index.ts';
import { type OpenSoundDevice, Speaker } from '../../speaker/index.ts';
import { openAplay } from '../../speaker/machine/aplay.ts';
import { openPacat } from '../../speaker/machine/pacat.ts';
import { createTracks } from '../../speaker/machine/tracks.ts';
import { findProgram } from '../../transcode/ffmpeg/child.ts';
import { memoryFolder } from '../../transcode/ffmpeg/spool.ts';
import type { Shell } from '../shell.ts';
import { printable } from '../terminal/format.ts';
import { defaultStateFile, speakerIdentity } from './speaker-identity.ts';

export interface SpeakOptions {
  /** Without a slash at its end. */
  readonly serverUrl: string;
  readonly name: string | undefined;
  readonly apiKey: string;
  readonly playsAtOnce: boolean;
  readonly sessionId: string;
  readonly output: 'auto' | 'pulse' | 'alsa';
  readonly device: string | undefined;
  readonly rateHz: number;
  readonly latencyMs: number;
  readonly authorityFile: string | undefined;
  readonly stateFile: string | undefined;
  readonly isVerbose: boolean;
}

/** Plays until it is told to stop, and returns when everyone knows that it has. */
export async function speak({ terminal, signal }: Shell, options: SpeakOptions): Promise<void> {
  const { serverUrl, apiKey, rateHz, latencyMs, isVerbose } = options;
  const folder = await memoryFolder();
  if (folder === undefined)
    throw new ClefError('program-missing', 'a speaker needs a file system in memory at /dev/shm');
  const programs = {
    ffmpeg: needed('ffmpeg', 'ffmpeg'),
    prlimit: needed('prlimit', 'util-linux'),
    setpriv: needed('setpriv', 'util-linux'),
  };
  const openDevice = deviceOf(options);
  if (options.authorityFile !== undefined) await trust(options.authorityFile);
  const identity = await speakerIdentity(options.stateFile ?? defaultStateFile(process.env), options.name);
  const say = (text: string) => terminal.say(printable(text));
  await using speaker = new Speaker({
    address: `${serverUrl.replace(/^http/, 'ws')}${API_PATH}${PLAYBACK_SOCKET_PATH}`,
    ticket: ticketsOf(serverUrl, apiKey, say),
    isFinal: (error) => error instanceof ClefError && !error.retryable,
    identity,
    sessionId: options.sessionId,
    playsAtOnce: options.playsAtOnce,
    tracks: createTracks({ baseUrl: serverUrl, apiKey, programs, folder, rateHz }),
    openDevice: openDevice(identity.name),
    latencyMs,
    log: { say, detail: isVerbose ? say : () => undefined },
  });
  const stopped = Promise.withResolvers<undefined>();
  signal.addEventListener('abort', () => stopped.resolve(undefined), { once: true });
  const why = await Promise.race([speaker.ended, stopped.promise]);
  if (why !== undefined) throw failureOf(why);
  say('Leaving.');
}

function needed(program: string, packageName: string): string {
  const found = findProgram(program);
  if (found !== undefined) return found;
  throw new ClefError('program-missing', `a speaker needs ${program}: install the package ${packageName}`);
}

/** What plays here, given the speaker's name. */
function deviceOf({ output, device, rateHz, latencyMs }: SpeakOptions): (name: string) => OpenSoundDevice {
  const environment = process.env;
  const pacat = output === 'alsa' ? undefined : findProgram('pacat');
  if (pacat !== undefined)
    return (name) => (events) =>
      openPacat({ program: pacat, device, rateHz, latencyMs, name, environment }, events);
  const aplay = output === 'pulse' ? undefined : findProgram('aplay');
  if (aplay !== undefined)
    return () => (events) =>
      openAplay({ program: aplay, device, rateHz, latencyMs, environment, proc: '/proc/asound' }, events);
  const what = {
    auto: 'pacat or aplay: install the package pulseaudio-utils or alsa-utils',
    pulse: 'pacat: install the package pulseaudio-utils',
    alsa: 'aplay: install the package alsa-utils',
  }[output];
  throw new ClefError('program-missing', `a speaker needs ${what}`);
}

/** Of all programs that this process connects with; besides those of the system and of Node. */
async function trust(file: string): Promise<void> {
  const pem = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new ClefError('usage', `--ca: it cannot be read (${cause.code})`, { cause });
  });
  setDefaultCACertificates([...getCACertificates('default'), ...getCACertificates('system'), pem]);
}

/** Asks for a ticket; says once that nobody answers. */
function ticketsOf(baseUrl: string, apiKey: string, say: (text: string) => void): () => Promise<string> {
  const call = createClient({
    basePath: baseUrl,
    fetch: (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set('authorization', `Bearer ${apiKey}`);
      return fetch(input, { ...init, headers });
    },
  });
  let isSilent = false;
  return async () => {
    try {
      const { ticket } = await call(routes.playbackTicket, {});
      isSilent = false;
      return ticket;
    } catch (error) {
      const failure = ticketFailure(error, baseUrl);
      if (failure.retryable && !isSilent) say(`${failure.message}; trying again.`);
      isSilent = true;
      throw failure;
    }
  };
}

function ticketFailure(error: unknown, baseUrl: string): ClefError {
  if (!(error instanceof ApiError)) return new ClefError('not-ready', `${baseUrl} gives no sensible answer`);
  const { status, code, message } = error;
  if (code === 'too-many-attempts' || status === 0 || status >= 500)
    return new ClefError('not-ready', `${baseUrl} does not answer: ${describe(error)}`);
  if (status === 401) return new ClefError('invalid-api-key', 'the server does not know this API key');
  if (status === 404)
    return new ClefError('not-found', `${baseUrl} is no Clef, or one that is too old for speakers`);
  return new ClefError('not-allowed', message);
}

/** Of what did not come through, the cause says more: a name that nobody knows, a certificate that nobody vouches for. */
function describe({ status, message, cause }: ApiError): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  if (status !== 0 || !(inner instanceof Error)) return message;
  const hint = /certificate/.test(inner.message) ? ' (--ca trusts an authority of your own)' : '';
  return `${inner.message}${hint}`;
}

function failureOf(why: CloseReason | Error): Error {
  if (why instanceof Error) return why;
  return why === 'replaced'
    ? new ClefError(
        'data-in-use',
        'another speaker with the same state has taken its place; give each its own --state',
      )
    : new ClefError('not-ready', 'the server speaks another version of the protocol; use the same Clef here');
}
