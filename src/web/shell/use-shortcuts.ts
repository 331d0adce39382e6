import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { RepeatMode } from '../engine/port.ts';
import type { Player } from '../player/player.ts';
import { usePlayer } from '../player/use-player.ts';
import { openOverlay } from './overlays.ts';
import { undoNewest } from './toasts.ts';

const SEEK_MS = 5_000;
const VOLUME_STEP = 0.05;

export const nextRepeat: Readonly<Record<RepeatMode, RepeatMode>> = { off: 'all', all: 'one', one: 'off' };

/** Keys that work everywhere, except where one types, and where an element has its own use for them. */
export function useShortcuts(): void {
  const player = usePlayer();
  const router = useRouter();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || isTyping(event)) return;
      if ((event.ctrlKey || event.metaKey) && event.key === 'z') {
        if (undoNewest()) event.preventDefault();
        return;
      }
      if (event.ctrlKey || event.metaKey) return;
      if (event.key === '/') {
        event.preventDefault();
        void router.navigate({ to: '/search' }).then(() => document.getElementById('search-field')?.focus());
      } else if (event.key === '?') {
        openOverlay({ kind: 'shortcuts' });
      } else if (control(player, event)) {
        event.preventDefault();
      }
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [player, router]);
}

/** True where the key did something to the player. */
function control(player: Player, { key, code, shiftKey, target }: KeyboardEvent): boolean {
  const { settings, current, queue, repeat } = player.state;
  // Space presses a button, arrows move a slider or a choice.
  if (
    code === 'Space' &&
    takes(
      target,
      'button, summary, input:not([type=range]), select, [role=button], [role=switch], [role=checkbox]',
    )
  ) {
    return false;
  }
  if (
    key.startsWith('Arrow') &&
    takes(target, 'input, select, [role=slider], [role=radio], [role=tab], [role=menu]')
  ) {
    return false;
  }
  if (!current && key !== 'm') return false;
  switch (shiftKey && key.startsWith('Arrow') ? `Shift+${key}` : key.toLowerCase()) {
    case ' ':
      player.toggle();
      return true;
    case 'arrowleft':
      player.seek(Math.max(0, player.positionMs() - SEEK_MS));
      return true;
    case 'arrowright':
      player.seek(Math.min(player.state.durationMs, player.positionMs() + SEEK_MS));
      return true;
    case 'Shift+ArrowLeft':
      player.previous();
      return true;
    case 'Shift+ArrowRight':
      player.next();
      return true;
    case 'Shift+ArrowUp':
      player.change({ volume: Math.min(1, settings.volume + VOLUME_STEP), muted: false });
      return true;
    case 'Shift+ArrowDown':
      player.change({ volume: Math.max(0, settings.volume - VOLUME_STEP) });
      return true;
    case 'm':
      player.change({ muted: !settings.muted });
      return true;
    case 's':
      player.setShuffled(queue.unshuffled === undefined);
      return true;
    case 'r':
      player.setRepeat(nextRepeat[repeat]);
      return true;
    case 'l':
      if (current) document.dispatchEvent(new CustomEvent('clef-like', { detail: current.track }));
      return true;
    default:
      return false;
  }
}

function takes(target: EventTarget | null, selector: string): boolean {
  return target instanceof Element && target.closest(selector) !== null;
}

function isTyping({ target }: KeyboardEvent): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      (target instanceof HTMLInputElement && !['range', 'checkbox', 'radio'].includes(target.type)) ||
      target instanceof HTMLTextAreaElement)
  );
}
