import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'vitest';
import { routes } from '../../src/api/index.ts';
import { ApiBrowser } from './api-browser.ts';
import type { Credentials } from './clef-process.ts';
import { fileOfPackage } from './debian.ts';
import { SessionDevice, ticketOf } from './session-device.ts';
import { waitFor } from './wait-for.ts';

const SPEAKER = join(import.meta.dirname, 'protocol-client', 'speaker.py');

export interface ForeignRun {
  /** Exit status of the client. */
  readonly status: number;
  /** Its commands that were applied, and those that were refused. */
  readonly applied: number;
  readonly refused: number;
  /** Whether the phone saw it play, by name. */
  readonly wasSeen: boolean;
  /** Tracks and stand as the client was told of them, one after the other. */
  readonly followed: readonly string[];
  /** What the phone did, as the client was told. */
  readonly deeds: readonly string[];
  readonly roundTripMs: number;
}

interface Told {
  readonly event: 'probed' | 'outcome' | 'state' | 'closing';
  readonly refused?: string | null;
  readonly playing?: boolean;
  readonly trackId?: string | null;
  readonly deeds?: readonly string[];
  readonly roundTripMs?: number;
}

/** A speaker that is written in another language from docs/protocol.md alone plays; a phone of our own skips, and pauses it. */
export async function runForeignClient(
  context: Pick<TestContext, 'skip'>,
  { baseUrl, credentials }: { readonly baseUrl: string; readonly credentials: Credentials },
): Promise<ForeignRun> {
  const python = fileOfPackage('python3', '/usr/bin/python3', context);
  const browser = new ApiBrowser(baseUrl);
  await browser.call(routes.signIn, { body: credentials });
  await using phone = await SessionDevice.join({ baseUrl, ticket: await ticketOf(browser), name: 'Phone' });
  const told: Told[] = [];
  const client = spawn(python, ['-B', SPEAKER, baseUrl], { stdio: ['pipe', 'pipe', 'inherit'] });
  createInterface(client.stdout).on('line', (line) => told.push(JSON.parse(line) as Told));
  const exit = once(client, 'close') as Promise<[number | null]>;
  client.stdin.end(JSON.stringify(credentials));
  const isTold = async (what: (told: Told) => boolean) => {
    if (client.exitCode !== null) throw new Error(`the client ended with ${client.exitCode}`);
    return told.some(what) || undefined;
  };
  await waitFor('the client to play', () => isTold(({ playing }) => playing === true));
  await waitFor('the phone to see it', async () => phone.state?.main.playing || undefined);
  const wasSeen =
    phone.state?.outputs.some(({ name, kind }) => name === 'Python' && kind === 'speaker') === true;
  await phone.do({ type: 'next' });
  await waitFor('the client to follow', () => isTold(({ trackId }) => trackId === 'tr-1b'));
  await phone.do({ type: 'pause' });
  const [status] = await exit;
  const outcomes = told.filter(({ event }) => event === 'outcome');
  const states = told.filter(({ event }) => event === 'state');
  const stands = states.map(
    ({ trackId, playing }) => `${trackId ?? 'nothing'} ${playing ? 'plays' : 'stands'}`,
  );
  return {
    status: status ?? -1,
    applied: outcomes.filter(({ refused }) => refused === null).length,
    refused: outcomes.filter(({ refused }) => refused !== null).length,
    wasSeen,
    followed: stands.filter((stand, i) => stand !== stands[i - 1]),
    deeds: states.flatMap(({ deeds = [] }) => deeds.filter((deed) => deed.startsWith('Phone'))),
    roundTripMs: told.find(({ event }) => event === 'probed')?.roundTripMs ?? Number.NaN,
  };
}
