import { ClefError } from '../../../core/index.ts';
import type { SessionKey } from '../../session/index.ts';

/** What Clef says over NATS, and to which subject; two Clefs on one NATS need two prefixes, or two accounts of it. */
export interface Subjects {
  readonly stream: string;
  readonly allSessions: string;
  readonly allSnapshots: string;
  /** Where the stream says what it has just put behind a session. */
  readonly allTold: string;
  readonly allTentative: string;
  readonly clockBeats: string;
  readonly clockKeeper: string;
  /** Who is where, and who is still signed in. */
  readonly devices: string;
  readonly signIns: string;
  readonly signInsChanged: string;
  session(key: SessionKey): string;
  snapshot(key: SessionKey): string;
  snapshotsOf(userId: string): string;
  tentative(key: SessionKey): string;
  clockProbes(keeperId: string): string;
}

/** No dot, star or angle bracket: a user's id is one token of a subject, and never a pattern. */
const TOKEN = /^[A-Za-z0-9_-]{1,64}$/;

export function createSubjects(prefix: string): Subjects {
  const of = (kind: string) => (key: SessionKey) => `${prefix}.${kind}.${nameOf(key)}`;
  return {
    stream: prefix.toUpperCase(),
    allSessions: `${prefix}.session.>`,
    allSnapshots: `${prefix}.snapshot.>`,
    allTold: `${prefix}.told.>`,
    allTentative: `${prefix}.tentative.>`,
    clockBeats: `${prefix}.clock.beat`,
    clockKeeper: `${prefix}.clock.keeper`,
    devices: `${prefix}.devices`,
    signIns: `${prefix}.sign-ins`,
    signInsChanged: `${prefix}.sign-ins.changed`,
    session: of('session'),
    snapshot: of('snapshot'),
    snapshotsOf: (userId) => `${prefix}.snapshot.${token(userId)}.*`,
    tentative: of('tentative'),
    clockProbes: (keeperId) => `${prefix}.clock.probe.${token(keeperId)}`,
  };
}

/** `user.session`: the end of each subject of a session. */
export function nameOf({ userId, sessionId }: SessionKey): string {
  return `${token(userId)}.${token(sessionId)}`;
}

/** The last two tokens of a subject. */
export function nameIn(subject: string): string {
  return subject.split('.').slice(-2).join('.');
}

function token(text: string): string {
  if (!TOKEN.test(text))
    throw new ClefError('bad-request', 'the id of a user or session has other characters');
  return text;
}
