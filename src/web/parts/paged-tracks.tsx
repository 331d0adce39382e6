import { useQueries, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import type { Track } from '../../api/index.ts';
import { TRACKS_PAGE, tracksQuery } from '../data/queries.ts';
import { usePlayer } from '../player/use-player.ts';
import { LoadingFailed } from './loaded.tsx';
import { TrackList } from './track-list.tsx';

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
  const [pages, setPages] = useState<readonly number[]>([0]);

  const onShown = useCallback((first: number, last: number) => {
    const [from, to] = [Math.floor(first / TRACKS_PAGE), Math.floor(last / TRACKS_PAGE)];
    setPages((before) =>
      before[0] === from && before.at(-1) === to
        ? before
        : Array.from({ length: to - from + 1 }, (_, index) => from + index),
    );
  }, []);

  const results = useQueries({ queries: pages.map((page) => tracksQuery(page, genre)) });
  const loaded = results.map(({ data }) => data);
  const trackAt = useMemo(() => {
    const shown = new Map(pages.map((page, index) => [page, loaded[index]?.tracks]));
    return (index: number) => shown.get(Math.floor(index / TRACKS_PAGE))?.[index % TRACKS_PAGE];
    // The pages' contents, not the array that holds them, decide.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [pages, ...loaded]);

  const page = useCallback(
    async (number: number): Promise<readonly Track[]> =>
      (await queryClient.ensureQueryData(tracksQuery(number, genre))).tracks,
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

  const failed = results.find(({ error, data }) => error && !data);
  if (failed?.error) return <LoadingFailed error={failed.error} retry={() => void failed.refetch()} />;
  return (
    <TrackList
      label={label}
      count={count}
      trackAt={trackAt}
      columns={COLUMNS}
      onPlay={onPlay}
      loadTracks={loadTracks}
      onShown={onShown}
    />
  );
}
