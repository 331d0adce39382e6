import { Button } from 'react-aria-components/Button';
import { GridList, GridListItem } from 'react-aria-components/GridList';
import { DropIndicator, useDragAndDrop } from 'react-aria-components/useDragAndDrop';
import { ListLayout, Virtualizer } from 'react-aria-components/Virtualizer';
import { useFormats, useMessages } from '../messages/use-messages.ts';
import { Cover } from '../parts/cover.tsx';
import { Icon } from '../parts/icon.tsx';
import { useNames } from '../parts/names.ts';
import type { QueueItem } from '../player/queue.ts';
import { usePlayer, usePlayerState } from '../player/use-player.ts';
import { openOverlay } from '../shell/overlays.ts';
import { tell } from '../shell/toasts.ts';

/** As in track-list.css. */
const ROW_PIXELS = 56;

/** What comes, and what came: dragged into another order as a playlist is, and taken out with Delete. */
export function QueueList() {
  const { now: words } = useMessages();
  const { duration } = useFormats();
  const names = useNames();
  const player = usePlayer();
  const { items, currentIndex } = usePlayerState((state) => state.queue);
  const current = items[currentIndex];
  const coming = items.slice(currentIndex + 1);

  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) => [...keys].map((key) => ({ 'text/plain': String(key) })),
    onReorder: ({ keys, target }) => {
      const at = items.findIndex(({ itemId }) => itemId === target.key);
      const before = items[target.dropPosition === 'after' ? at + 1 : at]?.itemId;
      player.moveItems(new Set([...keys].map(String)), before);
    },
    renderDropIndicator: (target) => <DropIndicator target={target} className="drop-line" />,
  });

  function remove({ itemId, track }: QueueItem): void {
    const next = items[items.findIndex((item) => item.itemId === itemId) + 1]?.itemId;
    player.removeItems(new Set([itemId]));
    tell(words.removed(names.title(track)), () => {
      player.addToQueue([track]);
      const added = player.state.queue.items.at(-1);
      if (added) player.moveItems(new Set([added.itemId]), next);
    });
  }

  return (
    <>
      <div className="queue-head">
        <p className="page-facts">
          {words.left(coming.length, duration(coming.reduce((sum, { track }) => sum + track.durationMs, 0)))}
        </p>
        <button
          type="button"
          className="button"
          onClick={() => openOverlay({ kind: 'edit-playlist', trackIds: items.map(({ track }) => track.id) })}
        >
          {words.save}
        </button>
        <button
          type="button"
          className="button"
          onClick={() => {
            const tracks = items.map(({ track }) => track);
            player.clear();
            tell(words.cleared, () => player.addToQueue(tracks));
          }}
        >
          {words.clear}
        </button>
      </div>
      <Virtualizer layout={ListLayout} layoutOptions={{ rowHeight: ROW_PIXELS }}>
        <GridList
          className="ordered-list"
          aria-label={words.list}
          items={items.map((item) => ({ ...item, id: item.itemId }))}
          dragAndDropHooks={dragAndDropHooks}
          dependencies={[current?.itemId]}
          onAction={(key) => player.jumpTo(items.findIndex(({ itemId }) => itemId === key))}
        >
          {(item) => (
            <GridListItem
              id={item.itemId}
              textValue={names.title(item.track)}
              className={item.itemId === current?.itemId ? 'ordered-row is-playing' : 'ordered-row'}
            >
              <QueueRow item={item} remove={() => remove(item)} />
            </GridListItem>
          )}
        </GridList>
      </Virtualizer>
    </>
  );
}

function QueueRow({ item: { track }, remove }: { readonly item: QueueItem; readonly remove: () => void }) {
  const { now: words, playlist } = useMessages();
  const { clock } = useFormats();
  const names = useNames();
  const title = names.title(track);
  return (
    <div className="ordered-cells">
      <Button slot="drag" className="icon-button grip" aria-label={playlist.handle(title)}>
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
      <span className="cell-duration">{clock(track.durationMs)}</span>
      <button type="button" className="icon-button" aria-label={words.removeOf(title)} onClick={remove}>
        <Icon name="close" />
      </button>
    </div>
  );
}
