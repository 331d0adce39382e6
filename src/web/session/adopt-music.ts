import type { LeftMusic } from '../player/player.ts';
import { beHeard } from './own-output.ts';
import type { QueueCommands } from './queue-commands.ts';
import type { SessionClient } from './session-client.ts';
import type { SoundSettings } from './sound-settings.ts';

export interface AdoptParts {
  readonly client: SessionClient;
  readonly commands: QueueCommands;
  readonly settings: SoundSettings;
  /** Told of items that sound already: by their ids in the session, those that the engine has for them. */
  readonly aliases: Map<string, string>;
}

/** What was begun on a page alone becomes the session's. */
export function adoptMusic(
  { queue, positionMs, isOn }: LeftMusic,
  { client, commands, settings, aliases }: AdoptParts,
): void {
  const current = queue.items[queue.currentIndex];
  if (!current) return;
  const { crossfadeMs, rate } = settings.own;
  if (client.state.seq === 0) {
    if (crossfadeMs > 0) client.send({ type: 'crossfade', durationMs: crossfadeMs });
    if (rate !== 1) client.send({ type: 'rate', rate });
  }
  beHeard(client, settings.sound);
  const items = queue.unshuffled ?? queue.items;
  const before = client.state.queue.items;
  commands.replace(
    items.map(({ track }) => track),
    Math.max(0, items.indexOf(current)),
    { shuffled: false, positionMs, play: isOn },
  );
  const now = client.state.queue.items;
  if (now === before || now.length !== items.length) return;
  for (const [at, { itemId }] of now.entries()) aliases.set(itemId, items[at]?.itemId ?? itemId);
  if (queue.unshuffled) commands.shuffle();
}
