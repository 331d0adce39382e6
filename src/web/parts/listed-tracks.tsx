import { useCallback } from 'react';
import type { Track } from '../../api/index.ts';
import { usePlayer } from '../player/use-player.ts';
import { TrackList } from './track-list.tsx';
import type { TrackColumns } from './track-row.tsx';

interface ListedTracksProps {
  readonly label: string;
  readonly tracks: readonly Track[];
  readonly columns: TrackColumns;
}

/** Tracks that are all there. */
export function ListedTracks({ label, tracks, columns }: ListedTracksProps) {
  const player = usePlayer();
  const trackAt = useCallback((index: number) => tracks[index], [tracks]);
  const onPlay = useCallback((index: number) => player.playTracks(tracks, index), [player, tracks]);
  return (
    <TrackList label={label} count={tracks.length} trackAt={trackAt} columns={columns} onPlay={onPlay} />
  );
}
