import type { Track } from '../../api/index.ts';
import { useMessages } from '../messages/use-messages.ts';
import { usePlayer } from '../player/use-player.ts';
import { openOverlay } from '../shell/overlays.ts';
import { tell } from '../shell/toasts.ts';

/** What menus do with tracks that may first have to be loaded. */
export function useTrackActions(load: () => Promise<readonly Track[]>) {
  const { told } = useMessages();
  const player = usePlayer();
  const withTracks = (run: (tracks: readonly Track[]) => void) => () =>
    void load().then(run, () => tell(told.failed));
  return {
    play: withTracks((tracks) => player.playTracks(tracks)),
    playNext: withTracks((tracks) => {
      player.playNext(tracks);
      tell(told.next(tracks.length));
    }),
    addToQueue: withTracks((tracks) => {
      player.addToQueue(tracks);
      tell(told.queued(tracks.length));
    }),
    addToPlaylist: withTracks((tracks) =>
      openOverlay({ kind: 'add-to-playlist', trackIds: tracks.map(({ id }) => id) }),
    ),
  };
}

/** Puts the address of a page of the player into the clipboard, to be shared. */
export function useCopyAddress(): (path: string) => void {
  const { told } = useMessages();
  return (path) => {
    const address = new URL(path.replace(/^\//, ''), document.baseURI).href;
    navigator.clipboard.writeText(address).then(
      () => tell(told.copied),
      () => tell(told.failed),
    );
  };
}
