import { type NewOutput, type Output, type PlaybackState, staying } from '../../playback/session/index.ts';
import type { SessionClient } from './session-client.ts';

/** How far ahead this page has to know of a start that it shares with others: a seek decodes within a quarter of a second. */
const LEAD_MS = 400;

/** This page among the outputs, also while it leaves to another one. */
export function ownOutput({ outputs }: PlaybackState, instanceId: string): Output | undefined {
  return outputs.find(({ outputId }) => outputId === instanceId);
}

/** The others that stay, as far as they are there; where nobody answers, nobody is. */
export function othersThere(client: SessionClient): readonly Output[] {
  return staying(client.state.outputs).filter(
    ({ outputId }) => outputId !== client.instanceId && client.isThere(outputId),
  );
}

export interface OwnSound {
  readonly volume: number;
  readonly muted: boolean;
  readonly delayMs: number;
}

export function newOutput(client: SessionClient, { volume, muted, delayMs }: OwnSound): NewOutput {
  const { instanceId, name } = client;
  return { outputId: instanceId, name, kind: 'page', volume, muted, delayMs, leadMs: LEAD_MS };
}

/** So that somebody hears what is to play: this page, where nobody else is there who would. */
export function beHeard(client: SessionClient, sound: OwnSound): void {
  const { state, instanceId } = client;
  const own = ownOutput(state, instanceId);
  if (own && own.untilMs === undefined && (client.isOnline || client.hasWaiting('output.add'))) return;
  if (!own && othersThere(client).length > 0) return;
  // Those that are away hear nothing of it. To hand over would wait for them.
  for (const { outputId } of staying(state.outputs))
    if (outputId !== instanceId) client.send({ type: 'output.remove', outputId });
  // Without a server this page may long be taken for lost; it is an output again before what it then asks for.
  client.send({ type: 'output.add', output: newOutput(client, sound) });
}
