import type { Msg } from '@nats-io/transport-node';
import * as v from 'valibot';
import { devicesTold, type Neighbours, type SignInKey } from '../../session/index.ts';
import type { NatsLink } from './link.ts';
import { parsed } from '../../../nats/index.ts';

/** For a server to say whether somebody is still signed in. */
const ANSWER_MS = 2_000;
/** One of several servers answers. */
const QUEUE = 'sign-ins';

const changed = v.object({ userId: v.string() });
const asked = v.object({ userId: v.string(), session: v.string() });
const answered = v.object({ holds: v.boolean() });

/** Over core NATS, which keeps nothing; a connection does not hear itself. */
export function createNatsNeighbours(link: NatsLink): Neighbours {
  const { connection, subjects } = link;

  function hear(subject: string, take: (message: Msg) => void, queue?: string): () => void {
    const subscription = connection.subscribe(subject, {
      ...(queue !== undefined && { queue }),
      callback: (error, message) => {
        if (!error) take(message);
      },
    });
    return () => subscription.unsubscribe();
  }

  /** Without a connection it would be kept for later, when it is no news any more. */
  function tell(subject: string, what: unknown): void {
    if (link.isConnected) connection.publish(subject, JSON.stringify(what));
  }

  return {
    tellDevices: (told) => tell(subjects.devices, told),
    onDevices: (listener) =>
      hear(subjects.devices, (message) => {
        const told = parsed(devicesTold, message);
        if (told) listener(told);
      }),
    tellSignInsChanged: (userId) => tell(subjects.signInsChanged, { userId }),
    onSignInsChanged: (listener) =>
      hear(subjects.signInsChanged, (message) => {
        const told = parsed(changed, message);
        if (told) listener(told.userId);
      }),
    async askSignIn(key: SignInKey) {
      const message = await connection
        .request(subjects.signIns, JSON.stringify(key), { timeout: ANSWER_MS })
        .catch(() => undefined);
      return message && parsed(answered, message)?.holds;
    },
    answerSignIns: (holds) =>
      hear(
        subjects.signIns,
        (message) => {
          const key = parsed(asked, message);
          if (!key) return;
          // A question that cannot be answered now is as one that nobody heard.
          holds(key).then(
            (isLasting) => message.respond(JSON.stringify({ holds: isLasting })),
            () => undefined,
          );
        },
        QUEUE,
      ),
  };
}
