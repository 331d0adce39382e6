import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { headers } from '@nats-io/transport-node';
import * as v from 'valibot';
import { ClefError } from '../../../core/index.ts';
import {
  migrateState,
  type PlaybackState,
  type SessionKey,
  type SnapshotStore,
} from '../../session/index.ts';
import type { NatsLink } from './link.ts';
import { type Stored, StreamReader } from './reader.ts';
import { nameIn } from './subjects.ts';

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** A queue of 20,000 items is 2 MB before it is packed; whoever writes the stream is not trusted to end there. */
const MOST_UNPACKED_BYTES = 32 * 2 ** 20;
const MOST_TRIES = 5;
const PATIENCE_MS = 20_000;

const state = v.custom<Pick<PlaybackState, 'name' | 'seq'>>((value) =>
  v.is(v.looseObject({ name: v.string(), seq: v.number() }), value),
);
const kept = v.object({ changedAtMs: v.number(), state });
type Kept = v.InferOutput<typeof kept>;

/** Snapshots in the stream of the log, the newest of each session: for servers that share no catalogue. */
export function createNatsSnapshots(link: NatsLink): SnapshotStore {
  const { client, connection, manager, subjects } = link;
  const reader = new StreamReader(link);

  async function newest(subject: string): Promise<Stored | undefined> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const found = await reader.last(subject, signal);
    if (!found && signal.aborted) throw new ClefError('log-unreachable', 'no snapshot can be read just now');
    return found;
  }

  async function allIn(filter: string): Promise<readonly (Kept & { readonly subject: string })[]> {
    const { state } = await manager.streams.info(subjects.stream, { subjects_filter: filter });
    const found = await Promise.all(
      Object.keys(state.subjects ?? {}).map(async (subject) => {
        const stored = await newest(subject);
        return stored ? [{ subject, ...(await unpacked(stored)) }] : [];
      }),
    );
    return found.flat();
  }

  return {
    async load(key) {
      const found = await newest(subjects.snapshot(key));
      return found && migrateState((await unpacked(found)).state);
    },

    async save(key: SessionKey, state: PlaybackState, changedAtMs: number) {
      const subject = subjects.snapshot(key);
      const data = await pack(JSON.stringify({ changedAtMs, state } satisfies Kept));
      if (data.length > (connection.info?.max_payload ?? 0))
        throw new ClefError(
          'log-unfit',
          `a snapshot has ${data.length} bytes, more than max_payload of NATS`,
        );
      const rollup = headers();
      rollup.set('Nats-Rollup', 'sub');
      for (let tries = 1; ; tries++) {
        const before = await newest(subject);
        if (before && (await unpacked(before)).state.seq >= state.seq) return;
        try {
          const expect = { lastSubjectSequence: before?.seq ?? 0 };
          await client.publish(subject, data, { headers: rollup, expect });
          return;
        } catch (cause) {
          // No leader; or another server was faster, perhaps with an older one.
          if (tries === MOST_TRIES)
            throw new ClefError('log-unreachable', 'a snapshot was not written', { cause });
        }
      }
    },

    async list(userId) {
      const found = await allIn(subjects.snapshotsOf(userId));
      return found
        .map(({ subject, changedAtMs, state: { name } }) => {
          const [, sessionId = ''] = nameIn(subject).split('.');
          return { sessionId, name, changedAtMs };
        })
        .toSorted((a, b) => b.changedAtMs - a.changedAtMs);
    },

    async remove(key) {
      await manager.streams.purge(subjects.stream, { filter: subjects.snapshot(key) });
    },

    async newestSeq() {
      const found = await allIn(subjects.allSnapshots);
      return Math.max(0, ...found.map(({ state }) => state.seq));
    },
  };
}

async function unpacked({ data }: Stored): Promise<Kept> {
  const text = (await unpack(data, { maxOutputLength: MOST_UNPACKED_BYTES })).toString();
  return v.parse(kept, JSON.parse(text));
}
