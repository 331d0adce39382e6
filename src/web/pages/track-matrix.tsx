import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { Track } from '../../api/index.ts';
import { trackMatrixQuery, trackQuery, useVaultEvents } from '../data/matrix-queries.ts';
import { cellsOf, type TrackMatrix } from '../matrix/cells.ts';
import { ColumnTable } from '../matrix/column-table.tsx';
import { Legend } from '../matrix/legend.tsx';
import { MatrixPicture } from '../matrix/matrix-picture.tsx';
import { MatrixState } from '../matrix/matrix-state.tsx';
import { useFormats, useMessages } from '../messages/use-messages.ts';
import { Cover } from '../parts/cover.tsx';
import { Figures } from '../parts/figures.tsx';
import { Hero, HeroSkeleton } from '../parts/hero.tsx';
import { Icon } from '../parts/icon.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { useNames } from '../parts/names.ts';
import { usePageTitle } from '../parts/use-page-title.ts';
import { usePlayer } from '../player/use-player.ts';

const route = getRouteApi('/shell/matrix/$trackId');

/** How one track is kept, second by second and node by node. */
export function TrackMatrixPage() {
  const { trackId } = route.useParams();
  const { matrix: words } = useMessages();
  const track = useQuery(trackQuery(trackId)).data;
  const query = useQuery(trackMatrixQuery(trackId));
  useVaultEvents(useQueryClient());
  usePageTitle(track ? `${words.kind} · ${track.title}` : words.kind);
  return (
    <div className="page">
      <Loaded
        query={query}
        skeleton={
          <>
            <HeroSkeleton />
            <span className="matrix-skeleton skeleton" />
          </>
        }
      >
        {(matrix) => (
          <>
            {track && <MatrixHead track={track} />}
            <MatrixOfTrack matrix={matrix} trackId={trackId} track={track ?? undefined} />
          </>
        )}
      </Loaded>
    </div>
  );
}

function MatrixHead({ track }: { readonly track: Track }) {
  const { matrix: words } = useMessages();
  const names = useNames();
  const player = usePlayer();
  return (
    <Hero
      cover={<Cover coverId={track.coverId} seed={track.albumId} pixels={256} isFirst />}
      coverId={track.coverId}
      kind={words.kind}
      title={names.title(track)}
      facts={[
        names.artist(track),
        <Link key="album" to="/albums/$albumId" params={{ albumId: track.albumId }}>
          {names.album(track.album)}
        </Link>,
      ]}
      actions={
        <>
          <button
            type="button"
            className="button button-primary"
            onClick={() => {
              player.warm().catch(() => undefined);
              player.playTracks([track]);
            }}
          >
            <Icon name="play" />
            {words.play}
          </button>
          <Link to="/matrix" className="button">
            <Icon name="matrix" />
            {words.whole}
          </Link>
        </>
      }
    />
  );
}

interface MatrixOfTrackProps {
  readonly matrix: TrackMatrix;
  readonly trackId: string;
  readonly track: Track | undefined;
}

function MatrixOfTrack({ matrix, trackId, track }: MatrixOfTrackProps) {
  const { matrix: words } = useMessages();
  const { bytes, number } = useFormats();
  const names = useNames();
  const cells = useMemo(() => cellsOf(matrix), [matrix]);
  const { k, m, columns, durationMs, storedBytes, lengthBytes } = matrix;
  const nodes = new Set(columns.flatMap(({ node }) => (node === undefined ? [] : [node])));
  return (
    <>
      <MatrixState cells={cells} m={m} durationMs={durationMs} />
      <div className="matrix-layout">
        <section className="matrix-about">
          <Figures
            figures={[
              { value: number(cells.pieceCount), label: words.pieces },
              { value: `${number(k)}+${number(m)}`, label: words.nodes },
              { value: number(m), label: words.mayBeLost },
              { value: bytes(storedBytes), label: words.stored },
            ]}
          />
          <p>{words.story(cells.pieceCount, cells.parityCount, nodes.size)}</p>
          <p>{words.loses(m)}</p>
          <p>{words.noise}</p>
          <p className="matrix-small">{words.storedOf(bytes(storedBytes), bytes(lengthBytes))}</p>
          <Legend hasUnchecked={cells.checkedRows < cells.rowCount} />
        </section>
        <MatrixPicture
          cells={cells}
          trackId={trackId}
          title={track ? names.title(track) : words.kind}
          durationMs={durationMs}
        />
      </div>
      <ColumnTable cells={cells} />
    </>
  );
}
