import {
  headOf,
  patchBetween,
  type PlaybackState,
  type ServerMessage,
} from '../../playback/session/index.ts';

/** What brings a device that was told `before`, or nothing yet, to `after`. As bytes, which any number of devices share. */
export function stateText(
  sessionId: string,
  before: PlaybackState | undefined,
  after: PlaybackState,
  cmdId?: string,
): Buffer {
  const queue = patchBetween(before?.queue, after.queue);
  const message: ServerMessage = {
    type: 'state',
    sessionId,
    head: headOf(after, before?.seq ?? 0),
    ...(queue && { queue }),
    ...(cmdId !== undefined && { cmdId }),
  };
  return Buffer.from(JSON.stringify(message));
}
