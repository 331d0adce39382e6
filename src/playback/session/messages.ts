import * as v from 'valibot';
import { action, command, instanceId } from './command.ts';
import type { SessionHead } from './head.ts';
import type { LogEntry } from './log.ts';
import type { RefusalReason } from './outcome.ts';
import type { QueuePatch } from './queue-patch.ts';

// docs/protocol.md has all of this for someone else's client. Frames are text, one JSON object each.

export const PROTOCOL = 1;
export const LONGEST_MESSAGE_BYTES = 512 * 1_024;

const name = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(100));
export const sessionId = v.pipe(v.string(), v.regex(/^(?:main|[A-Za-z0-9_-]{16})$/));
const ticket = v.pipe(v.string(), v.minLength(1), v.maxLength(1_024));
const number = v.pipe(v.number(), v.minValue(-1e9), v.maxValue(1e9));

/** That an output is lost only a server can know. */
const deviceAction = v.pipe(
  action,
  v.check(({ type }) => type !== 'output.lost'),
);

/** What an output hears of itself. */
const report = v.strictObject({
  /** How far what is heard is from where the session is; positive: late. */
  errorMs: v.exactOptional(number),
  /** How far the device's own clock is from the log's, and by how much that may be wrong. */
  offsetMs: v.exactOptional(v.pipe(v.number(), v.minValue(-1e15), v.maxValue(1e15))),
  uncertaintyMs: v.exactOptional(number),
  bufferedMs: v.exactOptional(number),
  underruns: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1e9))),
  /** A browser keeps it silent until somebody touches it. */
  awaitsGesture: v.exactOptional(v.boolean()),
});
export type OutputReport = v.InferOutput<typeof report>;

/** What a device says. */
export const clientMessage = v.variant('type', [
  /** The first one. */
  v.strictObject({
    type: v.literal('hello'),
    protocol: v.literal(PROTOCOL),
    ticket,
    instanceId,
    name,
    kind: v.picklist(['page', 'speaker']),
    sessionId,
  }),
  v.strictObject({ type: v.literal('watch'), sessionId }),
  v.strictObject({ type: v.literal('command'), ...command.entries, action: deviceAction }),
  v.strictObject({ type: v.literal('probe'), id: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
  v.strictObject({ type: v.literal('beat'), report: v.exactOptional(report) }),
  v.strictObject({ type: v.literal('ticket'), ticket }),
  v.strictObject({ type: v.literal('resync') }),
]);
export type ClientMessage = v.InferOutput<typeof clientMessage>;

export const presentDevice = v.object({
  instanceId,
  name,
  kind: v.picklist(['page', 'speaker', 'subsonic']),
  /** The session that it watches. */
  sessionId,
  report: v.exactOptional(report),
});
/** A page, process or player that is there now. */
export type PresentDevice = Readonly<v.InferOutput<typeof presentDevice>>;

/** What the server says. */
export type ServerMessage =
  | {
      readonly type: 'welcome';
      readonly protocol: typeof PROTOCOL;
      readonly logId: string;
      readonly clockId: string;
      /** How often it wants a beat, and after how long a silence an output is taken for lost. */
      readonly beatMs: number;
      readonly leaseMs: number;
    }
  /** Newer than all before it. A device that is slow gets the newest alone. */
  | {
      readonly type: 'state';
      readonly sessionId: string;
      readonly head: SessionHead;
      /** Absent where the items are as before. */
      readonly queue?: QueuePatch;
      /** The command that it came from, where it is one record from the state before. */
      readonly cmdId?: string;
    }
  /** Of a command of this device, once the log has it. */
  | {
      readonly type: 'outcome';
      readonly cmdId: string;
      readonly seq: number;
      readonly refused?: RefusalReason;
    }
  /** The log does not answer: the command may be sent again, under the same id. */
  | { readonly type: 'failed'; readonly cmdId: string }
  /** Of another device, before the log has it; void after ten seconds. */
  | { readonly type: 'tentative'; readonly sessionId: string; readonly entry: LogEntry }
  | { readonly type: 'presence'; readonly devices: readonly PresentDevice[] }
  /** Log time, when the probe had come and this was sent. */
  | { readonly type: 'probed'; readonly id: number; readonly atMs: number }
  /** The last one before it closes. */
  | { readonly type: 'closing'; readonly reason: CloseReason };

export type CloseReason =
  | 'malformed'
  | 'unknown-protocol'
  | 'ticket-refused'
  | 'too-slow'
  | 'too-many-messages'
  | 'replaced'
  | 'too-many-devices'
  | 'too-many-sessions'
  | 'unavailable'
  | 'stopping';

/** WebSocket close codes (RFC 6455 section 7.4): 4000 and up are this protocol's. */
export const closeCodes: Readonly<Record<CloseReason, number>> = {
  malformed: 4400,
  'ticket-refused': 4401,
  'unknown-protocol': 4406,
  'too-slow': 4408,
  replaced: 4409,
  'too-many-devices': 4410,
  'too-many-sessions': 4413,
  'too-many-messages': 4429,
  stopping: 1012,
  unavailable: 1013,
};
