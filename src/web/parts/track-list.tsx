import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Track } from '../../api/index.ts';
import { useFormats, useMessages } from '../messages/use-messages.ts';
import { usePlayerState } from '../player/use-player.ts';
import { type Anchor, openOverlay } from '../shell/overlays.ts';
import { clearSelected, noSelection, rowsFor, select, selectModeOf } from './selection.ts';
import { SelectionBar } from './selection-bar.tsx';
import { type TrackColumns, TrackRow } from './track-row.tsx';
import { moveWithinRow, onGridKey } from './track-list-keys.ts';

/** In CSS pixels; two lines and a touch target. */
const ROW_PIXELS = 56;
const OVERSCAN_ROWS = 8;

export interface TrackListProps {
  readonly label: string;
  readonly count: number;
  /** Undefined while it is not loaded. Must be stable as long as nothing was loaded. */
  readonly trackAt: (index: number) => Track | undefined;
  readonly columns: TrackColumns;
  readonly onPlay: (index: number) => void;
  /** Loads what is missing of some rows, for actions on them. */
  readonly loadTracks?: (indexes: readonly number[]) => Promise<readonly Track[]>;
  /** Told which rows are on the screen. */
  readonly onShown?: (first: number, last: number) => void;
  /** Takes rows out of what is listed. */
  readonly remove?: { readonly label: string; readonly run: (indexes: readonly number[]) => void };
}

/**
 * Tracks, as many as there are: rows outside of the window are not in the document. One Tab stop; arrows move,
 * Enter plays, Shift and Ctrl select (ARIA grid pattern).
 */
export function TrackList(props: TrackListProps) {
  const { label, count, trackAt, columns, onPlay, loadTracks, onShown, remove } = props;
  const { tracks: words } = useMessages();
  const { language } = useFormats();
  const playingId = usePlayerState(({ current }) => current?.track.id);
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [selection, setSelection] = useState(noSelection);
  const hasFocus = useRef(false);

  useLayoutEffect(() => {
    const look = () => setTop((list.current?.getBoundingClientRect().top ?? 0) + scrollY);
    look();
    addEventListener('resize', look);
    return () => removeEventListener('resize', look);
  }, []);

  const virtualizer = useWindowVirtualizer({
    count,
    estimateSize: () => ROW_PIXELS,
    overscan: OVERSCAN_ROWS,
    scrollMargin: top,
  });
  const items = virtualizer.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => onShown?.(first, last), [onShown, first, last]);

  const focusRow = useCallback(
    (index: number) => {
      virtualizer.scrollToIndex(index, { align: 'auto' });
      const row = () => list.current?.querySelector<HTMLElement>(`[data-index="${index}"]`);
      const focus = () => row()?.focus({ preventScroll: true });
      // Far away it is rendered only after the scroll. Where it is there, the next key must find it at once, and a
      // second time would take the focus back from where that key has led.
      if (row()) focus();
      else requestAnimationFrame(focus);
    },
    [virtualizer],
  );

  const tracksOf = useCallback(
    async (rows: readonly number[]): Promise<readonly Track[]> => {
      const found = rows.map(trackAt);
      if (loadTracks && found.includes(undefined)) return loadTracks(rows);
      return found.filter((track) => track !== undefined);
    },
    [trackAt, loadTracks],
  );

  const openMenu = useCallback(
    (index: number, at: Anchor) => {
      const rows = rowsFor(selection, index);
      if (!selection.selected.has(index)) setSelection((before) => select(before, index, 'only'));
      void tracksOf(rows).then((tracks) =>
        openOverlay({
          kind: 'track-menu',
          at,
          tracks,
          ...(remove && { remove: { label: remove.label, run: () => remove.run(rows) } }),
        }),
      );
    },
    [selection, tracksOf, remove],
  );

  return (
    <>
      <div
        ref={list}
        role="grid"
        aria-label={label}
        aria-rowcount={count}
        aria-multiselectable="true"
        className="track-list"
        data-columns={Object.keys(columns).join(' ')}
        lang={language}
        style={{ height: virtualizer.getTotalSize() }}
        onFocus={() => {
          hasFocus.current = true;
        }}
        onKeyDown={(event) => {
          if (moveWithinRow(event)) return;
          onGridKey(event, { count, selection, setSelection, focusRow, onPlay, openMenu });
        }}
      >
        {items.map(({ index, start }) => {
          const track = trackAt(index);
          const isPlaying = track !== undefined && track.id === playingId;
          return (
            // The list has the keys.
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
            <div
              key={index}
              role="row"
              data-index={index}
              aria-rowindex={index + 1}
              aria-selected={selection.selected.has(index)}
              className={isPlaying ? 'row is-playing' : 'row'}
              tabIndex={index === Math.min(Math.max(selection.focused, first), last) ? 0 : -1}
              style={{ transform: `translateY(${start - top}px)` }}
              onClick={(event) => {
                // A finger plays what it taps; a mouse selects first.
                if ((event.nativeEvent as PointerEvent).pointerType === 'touch') onPlay(index);
                else setSelection((before) => select(before, index, selectModeOf(event)));
              }}
              onDoubleClick={() => onPlay(index)}
              onContextMenu={(event) => {
                event.preventDefault();
                openMenu(index, { x: event.clientX, y: event.clientY });
              }}
            >
              {track ? (
                <TrackRow
                  index={index}
                  track={track}
                  columns={columns}
                  isPlaying={isPlaying}
                  onPlay={onPlay}
                  onMenu={openMenu}
                />
              ) : (
                <span role="gridcell" className="cell-title">
                  <span className="skeleton skeleton-line" />
                  <span className="visually-hidden">{words.title}</span>
                </span>
              )}
            </div>
          );
        })}
      </div>
      {selection.selected.size > 1 && (
        <SelectionBar
          count={selection.selected.size}
          load={() => tracksOf(rowsFor(selection, [...selection.selected][0] ?? 0))}
          {...(remove && {
            remove: {
              label: remove.label,
              run: () => {
                remove.run([...selection.selected]);
                setSelection(clearSelected);
              },
            },
          })}
          onClear={() => setSelection(clearSelected)}
        />
      )}
    </>
  );
}

/** As high as the rows that come. */
export function TrackListSkeleton({ count }: { readonly count: number }) {
  return (
    <div>
      {Array.from({ length: count }, (_, index) => (
        <div key={index} className="row-skeleton">
          <span className="skeleton skeleton-line" />
          <span className="skeleton skeleton-line skeleton-short" />
        </div>
      ))}
    </div>
  );
}
