import {
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { ClefError } from '../../../core/index.ts';
import type { Subjects } from './subjects.ts';

/** Copies of a command are recognised for as long; the port asks for two minutes. */
const RECOGNISED_MS = 300_000;
/** Of nats-server's own errors (its server/errors.json). */
const OTHER_SETTINGS = 10_058;

export interface StreamIdentity {
  /** Another one once the stream was made anew. */
  readonly logId: string;
  readonly lastSeq: number;
}

/**
 * The one stream of all sessions, made where it is not there yet. Nothing is dropped by age or number: records go when a
 * snapshot has them.
 */
function configOf(subjects: Subjects, replicas: number): Partial<StreamConfig> & { readonly name: string } {
  return {
    name: subjects.stream,
    description: 'Playback sessions of Clef',
    subjects: [subjects.allSessions, subjects.allSnapshots],
    storage: 'file',
    retention: 'limits',
    discard: 'new',
    num_replicas: replicas,
    duplicate_window: nanos(RECOGNISED_MS),
    // A snapshot takes the place of the one before it.
    allow_rollup_hdrs: true,
    republish: { src: subjects.allSessions, dest: subjects.allTold },
  };
}

export async function ensureStream(
  jsm: JetStreamManager,
  subjects: Subjects,
  replicas: number,
): Promise<StreamIdentity> {
  const wanted = configOf(subjects, replicas);
  const found = await lookAtStream(jsm, subjects);
  if (!found) {
    try {
      await jsm.streams.add(wanted);
    } catch (error) {
      // Another server made it in this moment; what it made is looked at below.
      if (!isApiError(error, OTHER_SETTINGS)) throw error;
    }
  }
  const { config, created, state } = await jsm.streams.info(subjects.stream);
  const isFit =
    config.republish?.src === subjects.allSessions &&
    config.republish.dest === subjects.allTold &&
    config.allow_rollup_hdrs &&
    config.duplicate_window >= nanos(120_000) &&
    [subjects.allSessions, subjects.allSnapshots].every((subject) => config.subjects.includes(subject));
  if (!isFit)
    throw new ClefError(
      'log-unfit',
      `the stream ${subjects.stream} of NATS was made for something else, or by another Clef`,
    );
  return { logId: logIdOf(created), lastSeq: state.last_seq };
}

/** Undefined where the stream is gone. */
export async function lookAtStream(
  jsm: JetStreamManager,
  subjects: Subjects,
): Promise<StreamIdentity | undefined> {
  try {
    const { created, state } = await jsm.streams.info(subjects.stream);
    return { logId: logIdOf(created), lastSeq: state.last_seq };
  } catch (error) {
    if (isApiError(error, JetStreamApiCodes.StreamNotFound)) return undefined;
    throw error;
  }
}

/** When it was made is kept with the stream by every replica. */
function logIdOf(created: unknown): string {
  return `nats-${new Date(String(created)).getTime().toString(36)}`;
}

function isApiError(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}
