import type { Track } from '../../api/index.ts';
import type { Player } from './player.ts';

/** Shows what plays where the system does: beside media keys, on a locked screen. */
export function showToSystem(
  player: Player,
  coverAddress: (coverId: string, pixels: number) => string,
): void {
  const { mediaSession } = navigator;
  if (!mediaSession) return;
  let shown: Track | undefined;
  player.subscribe(() => {
    const track = player.state.current?.track;
    if (track === shown) return;
    shown = track;
    mediaSession.metadata = track
      ? new MediaMetadata({
          title: track.title,
          artist: track.displayArtist,
          album: track.album,
          artwork: track.coverId ? [{ src: coverAddress(track.coverId, ARTWORK_PIXELS) }] : [],
        })
      : null;
  });
}

const ARTWORK_PIXELS = 384;
