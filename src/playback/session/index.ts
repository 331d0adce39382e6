export * as bounds from './bounds.ts';
export { ClockEstimate, type ClockSample } from './clock-estimate.ts';
export { ClockProbes } from './clock-probes.ts';
export {
  type Action,
  type ActionType,
  action,
  type Command,
  type LogRecord,
  logRecord,
  type NewItem,
  type NewOutput,
  type Place,
} from './command.ts';
export { type Folded, fold } from './fold.ts';
export { headOf, type SessionHead, stateOf } from './head.ts';
export {
  type HeldSession,
  type ListedSession,
  type LiveSession,
  type Sent,
  SessionHost,
  type SessionHostOptions,
  type Step,
} from './host.ts';
export type { Following, LogEntry, SessionKey, SessionLog } from './log.ts';
export { createLogClock, type LogClock, type LogClockOptions } from './log-clock.ts';
export {
  type ClientMessage,
  type CloseReason,
  clientMessage,
  closeCodes,
  LONGEST_MESSAGE_BYTES,
  type OutputReport,
  PROTOCOL,
  type PresentDevice,
  type ServerMessage,
} from './messages.ts';
export { migrateState } from './migrate.ts';
export { advance, advanceTo, crossfadeOf, followingIndex, isHeard, positionAt, staying } from './motion.ts';
export {
  type DeviceElsewhere,
  type DevicesTold,
  devicesTold,
  type Neighbours,
  type SignInKey,
} from './neighbours.ts';
export type { Outcome, RefusalReason } from './outcome.ts';
export { predict, type Waiting } from './predict.ts';
export { patchBetween, type QueuePatch } from './queue-patch.ts';
export { splitCmdId } from './sender.ts';
export type { SessionSummary, SnapshotStore } from './snapshots.ts';
export {
  currentItem,
  type Deed,
  emptyState,
  type Motion,
  type Output,
  type OutputKind,
  type PlaybackState,
  type Queue,
  type QueueItem,
  type RepeatMode,
  type SideDeck,
  type Sleep,
} from './state.ts';
