import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { GridList, GridListItem } from 'react-aria-components/GridList';
import { DropIndicator, useDragAndDrop } from 'react-aria-components/useDragAndDrop';
import { ListLayout, Virtualizer } from 'react-aria-components/Virtualizer';
import type { Track } from '../../api/index.ts';
import { movePlaces, type Place, placesOf } from '../data/playlist-order.ts';
import { useFormats, useMessages } from '../messages/use-messages.ts';
import { Cover } from '../parts/cover.tsx';
import { Icon } from '../parts/icon.tsx';
import { LikeButton } from '../parts/like-button.tsx';
import { useNames } from '../parts/names.ts';
import { SelectionBar } from '../parts/selection-bar.tsx';
import { usePlayer, usePlayerState } from '../player/use-player.ts';
import { openOverlay } from '../shell/overlays.ts';
import { useChangeTracks } from './use-change-tracks.ts';

/** As in track-list.css. */
const ROW_PIXELS = 56;

interface OrderedTracksProps {
  readonly playlistId: string;
  readonly tracks: readonly Track[];
}

/**
 * The tracks of one's own playlist: dragged into another order with mouse, finger, or keyboard (Enter on the handle,
 * arrows, Enter). Delete takes them out.
 */
export function OrderedTracks({ playlistId, tracks }: OrderedTracksProps) {
  const { playlist: words, tracks: trackWords } = useMessages();
  const player = usePlayer();
  const queryClient = useQueryClient();
  const { saveOrder, removePlaces } = useChangeTracks(queryClient, playlistId, tracks);
  const places = useMemo(() => placesOf(tracks), [tracks]);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const playingId = usePlayerState(({ current }) => current?.track.id);

  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) => [...keys].map((key) => ({ 'text/plain': String(key) })),
    onReorder: ({ keys, target }) =>
      saveOrder(movePlaces(places, keys as ReadonlySet<string>, String(target.key), target.dropPosition)),
    renderDropIndicator: (target) => <DropIndicator target={target} className="drop-line" />,
  });
  const selectedTracks = places.filter(({ key }) => selected.has(key)).map(({ track }) => track);
  const remove = (keys: ReadonlySet<string>) => {
    removePlaces(places, keys);
    setSelected(new Set());
  };
  const menuOf = (place: Place, at: Element | { x: number; y: number }) => {
    const keys = selected.has(place.key) ? selected : new Set([place.key]);
    openOverlay({
      kind: 'track-menu',
      at,
      tracks: places.filter(({ key }) => keys.has(key)).map(({ track }) => track),
      remove: { label: words.remove, run: () => remove(keys) },
    });
  };

  return (
    <>
      {/* Bubbling from rows; the list itself is no target. */}
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div
        onKeyDown={(event) => {
          if (event.key !== 'Delete' || selected.size === 0) return;
          event.preventDefault();
          remove(selected);
        }}
      >
        <Virtualizer layout={ListLayout} layoutOptions={{ rowHeight: ROW_PIXELS }}>
          <GridList
            className="ordered-list"
            aria-label={words.order}
            items={places}
            selectionMode="multiple"
            selectionBehavior="replace"
            selectedKeys={selected}
            onSelectionChange={(keys) =>
              setSelected(
                keys === 'all' ? new Set(places.map(({ key }) => key)) : (keys as ReadonlySet<string>),
              )
            }
            onAction={(key) =>
              player.playTracks(
                tracks,
                places.findIndex((place) => place.key === key),
              )
            }
            dragAndDropHooks={dragAndDropHooks}
            dependencies={[playingId, selected]}
          >
            {(place) => (
              <GridListItem
                id={place.key}
                textValue={place.track.title || trackWords.name}
                className={place.track.id === playingId ? 'ordered-row is-playing' : 'ordered-row'}
              >
                <OrderedRow place={place} onMenu={(at) => menuOf(place, at)} />
              </GridListItem>
            )}
          </GridList>
        </Virtualizer>
      </div>
      {selected.size > 1 && (
        <SelectionBar
          count={selected.size}
          load={() => Promise.resolve(selectedTracks)}
          remove={{ label: words.remove, run: () => remove(selected) }}
          onClear={() => setSelected(new Set())}
        />
      )}
    </>
  );
}

interface OrderedRowProps {
  readonly place: Place;
  readonly onMenu: (at: Element | { x: number; y: number }) => void;
}

function OrderedRow({ place: { track }, onMenu }: OrderedRowProps) {
  const { actions, playlist: words } = useMessages();
  const { clock } = useFormats();
  const names = useNames();
  const title = names.title(track);
  return (
    // The row has keys of its own; this adds the right mouse button.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className="ordered-cells"
      onContextMenu={(event) => {
        event.preventDefault();
        onMenu({ x: event.clientX, y: event.clientY });
      }}
    >
      <Button slot="drag" className="icon-button grip" aria-label={words.handle(title)}>
        <Icon name="grip" />
      </Button>
      <Cover coverId={track.coverId} seed={track.albumId} pixels={44} />
      <span className="row-text">
        <span className="row-title" dir="auto">
          {title}
        </span>
        <span className="row-artist" dir="auto">
          {names.artist(track)}
        </span>
      </span>
      <LikeButton item={track} name={title} />
      <span className="cell-duration">{clock(track.durationMs)}</span>
      <button
        type="button"
        className="icon-button"
        aria-haspopup="menu"
        aria-label={actions.moreFor(title)}
        onClick={(event) => onMenu(event.currentTarget)}
      >
        <Icon name="more" />
      </button>
    </div>
  );
}
