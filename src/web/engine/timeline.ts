import { fadeFactor } from './gain.ts';

/** A stretch of a ring's frames, [startFrame, endFrame), that sounds with one gain. */
export interface Segment {
  readonly startFrame: number;
  readonly endFrame: number;
  readonly gain: number;
  /** Length of the fade at either end; 0 for none. */
  readonly fadeInFrames: number;
  readonly fadeOutFrames: number;
}

/** In order, without overlap. No frame sounds that is in no segment. */
export interface Timeline {
  readonly segments: readonly Segment[];
  /** Nothing follows the last segment: silence after it is no underrun. */
  readonly final: boolean;
}

export const EMPTY_TIMELINE: Timeline = { segments: [], final: true };

export function segmentAt({ segments }: Timeline, frame: number): Segment | undefined {
  return segments.find(({ startFrame, endFrame }) => startFrame <= frame && frame < endFrame);
}

/** Where the frames end that may sound without a break from `frame` on; `frame` itself where none may. */
export function soundableEnd({ segments }: Timeline, frame: number): number {
  let end = frame;
  for (const { startFrame, endFrame } of segments) if (startFrame <= end && end < endFrame) end = endFrame;
  return end;
}

export function fadeAt(
  { startFrame, endFrame, fadeInFrames, fadeOutFrames }: Segment,
  frame: number,
): number {
  const fromStart = frame - startFrame;
  const toEnd = endFrame - frame;
  let factor = 1;
  if (fromStart < fadeInFrames) factor *= fadeFactor(fromStart / fadeInFrames);
  if (toEnd < fadeOutFrames) factor *= fadeFactor(toEnd / fadeOutFrames);
  return factor;
}

/** How long two items sound together: what was asked for, but no more than half of either. */
export function fadeSeconds(crossfadeMs: number, leavingMs: number, comingMs: number): number {
  return Math.max(0, Math.min(crossfadeMs, leavingMs / 2, comingMs / 2)) / 1000;
}
