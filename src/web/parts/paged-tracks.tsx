import { useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { Track } from '../../api/index.ts';
import { TRACKS_PAGE, tracksQuery } from '../data/queries.ts';
import { usePlayer } from '../player/use-player.ts';
import { LoadingFailed } from './loaded.tsx';
import { TrackList } from './track-list.tsx';
import { usePages } from './use-pages.ts';

/** Pages that are played on when one is started: the rest of its own, and so many more. */
const PAGES_AHEAD = 4;
const COLUMNS = { cover: true, album: true } as const;

interface PagedTracksProps {
  readonly label: string;
  readonly count: number;
  readonly genre?: string;
}

/** Hundreds of thousands of tracks: only what is looked at is loaded. */
export function PagedTracks({ label, count, genre }: PagedTracksProps) {
  const queryClient = useQueryClient();
  const player = usePlayer();
  const { itemAt, onShown, failed } = usePages(
    TRACKS_PAGE,
    useCallback((page: number) => tracksQuery(page, genre), [genre]),
  );

  const page = useCallback(
    async (number: number): Promise<readonly Track[]> =>
      queryClient.ensureQueryData(tracksQuery(number, genre)),
    [queryClient, genre],
  );
  const loadTracks = useCallback(
    async (indexes: readonly number[]): Promise<readonly Track[]> => {
      const needed = [...new Set(indexes.map((index) => Math.floor(index / TRACKS_PAGE)))];
      const lists = new Map<number, readonly Track[]>();
      for (const number of needed) lists.set(number, await page(number));
      return indexes.flatMap((index) => {
        const track = lists.get(Math.floor(index / TRACKS_PAGE))?.[index % TRACKS_PAGE];
        return track ? [track] : [];
      });
    },
    [page],
  );
  const onPlay = useCallback(
    (index: number) => {
      player.warm().catch(() => undefined);
      void (async () => {
        const own = Math.floor(index / TRACKS_PAGE);
        player.playTracks((await page(own)).slice(index % TRACKS_PAGE));
        for (let ahead = 1; ahead <= PAGES_AHEAD && (own + ahead) * TRACKS_PAGE < count; ahead++) {
          player.addToQueue(await page(own + ahead));
        }
      })().catch(() => undefined);
    },
    [player, page, count],
  );

  if (failed) return <LoadingFailed {...failed} />;
  return (
    <TrackList
      label={label}
      count={count}
      trackAt={itemAt}
      columns={COLUMNS}
      onPlay={onPlay}
      loadTracks={loadTracks}
      onShown={onShown}
    />
  );
}
