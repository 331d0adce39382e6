import type { QueryClient } from '@tanstack/react-query';
import type { Wording } from '../messages/language.ts';
import type { Player } from '../player/player.ts';
import { keepPlayerSettings } from '../player/player-settings.ts';

export interface BackgroundParts {
  readonly queryClient: QueryClient;
  readonly player: Player;
  readonly wording: Wording;
}

/** What runs beside the pages for as long as the window is open. Loaded after the first page. */
export function startBackground({ player }: BackgroundParts): void {
  keepPlayerSettings(player, localStorage);
}
