import type { Player } from './player.ts';

const PLAYS = 'plays';

/**
 * One tab of a browser plays at a time: whichever was asked last. The others pause, keep their queues, and say so.
 * Answers what ends it.
 */
export function yieldToOtherTabs(player: Player, channel: BroadcastChannel, onYield: () => void): () => void {
  let isOn = false;
  const unsubscribe = player.subscribe(() => {
    const wasOn = isOn;
    isOn = isPlaying(player);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of one origin
    if (isOn && !wasOn) channel.postMessage(PLAYS);
  });
  channel.addEventListener('message', ({ data }) => {
    if (data !== PLAYS || !isPlaying(player)) return;
    player.pause();
    onYield();
  });
  return () => {
    unsubscribe();
    channel.close();
  };
}

function isPlaying({ state }: Player): boolean {
  return state.status === 'playing' || state.status === 'waiting';
}
