import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { type Playlist, routes } from '../../api/index.ts';
import { call } from '../data/client.ts';
import { playlistQuery, playlistsQuery } from '../data/queries.ts';
import { useMessages } from '../messages/use-messages.ts';
import { Cover } from '../parts/cover.tsx';
import { Icon } from '../parts/icon.tsx';
import { openOverlay } from '../shell/overlays.ts';
import { tell } from '../shell/toasts.ts';
import { DialogFrame } from './dialog-frame.tsx';

interface AddToPlaylistProps {
  readonly trackIds: readonly string[];
  readonly onClose: () => void;
}

/** Which of one's own playlists some tracks go to. */
export function AddToPlaylistDialog({ trackIds, onClose }: AddToPlaylistProps) {
  const { actions, counts, playlists: words, told } = useMessages();
  const queryClient = useQueryClient();
  const { data } = useQuery(playlistsQuery);

  async function add(playlist: Playlist): Promise<void> {
    onClose();
    try {
      await call(routes.changePlaylist, {
        params: { id: playlist.id },
        body: { addTrackIds: [...trackIds] },
      });
      tell(told.addedTo(trackIds.length, playlist.name));
      await queryClient.invalidateQueries({ queryKey: playlistsQuery.queryKey });
      await queryClient.invalidateQueries({ queryKey: playlistQuery(playlist.id).queryKey });
    } catch {
      tell(told.failed);
    }
  }

  return (
    <DialogFrame title={actions.addToPlaylist} onClose={onClose}>
      <ul className="line-list">
        <li>
          <button
            type="button"
            className="line line-button"
            onClick={() => openOverlay({ kind: 'edit-playlist', trackIds })}
          >
            <Icon name="plus" />
            <span className="line-title">{words.create}</span>
          </button>
        </li>
        {data?.playlists
          .filter(({ isOwn }) => isOwn)
          .map((playlist) => (
            <li key={playlist.id}>
              <button type="button" className="line line-button" onClick={() => void add(playlist)}>
                <Cover coverId={playlist.coverId} seed={playlist.id} pixels={48} />
                <span className="line-text">
                  <span className="line-title" dir="auto">
                    {playlist.name}
                  </span>
                  <span className="line-subtitle">{counts.tracks(playlist.trackCount)}</span>
                </span>
              </button>
            </li>
          ))}
      </ul>
    </DialogFrame>
  );
}

const NO_TRACKS: readonly string[] = [];

interface EditPlaylistProps {
  /** Absent: a new one is made. */
  readonly playlist?: Playlist;
  /** What a new one begins with. */
  readonly trackIds?: readonly string[];
  readonly onClose: () => void;
}

export function EditPlaylistDialog({ playlist, trackIds = NO_TRACKS, onClose }: EditPlaylistProps) {
  const { actions, playlist: one, playlists: words, told } = useMessages();
  const queryClient = useQueryClient();
  const router = useRouter();
  const [name, setName] = useState(playlist?.name ?? '');
  const [comment, setComment] = useState(playlist?.comment ?? '');
  const [isPublic, setPublic] = useState(playlist?.isPublic ?? false);

  async function save(event: FormEvent): Promise<void> {
    event.preventDefault();
    onClose();
    const wanted = name.trim() || words.untitled;
    try {
      const id =
        playlist?.id ??
        (await call(routes.createPlaylist, { body: { name: wanted, trackIds: [...trackIds] } })).id;
      if (playlist || comment || isPublic) {
        await call(routes.changePlaylist, { params: { id }, body: { name: wanted, comment, isPublic } });
      }
      await queryClient.invalidateQueries({ queryKey: playlistsQuery.queryKey });
      await queryClient.invalidateQueries({ queryKey: playlistQuery(id).queryKey });
      if (trackIds.length > 0) tell(told.addedTo(trackIds.length, wanted));
      else if (!playlist) await router.navigate({ to: '/playlists/$playlistId', params: { playlistId: id } });
    } catch {
      tell(told.failed);
    }
  }

  return (
    <DialogFrame title={playlist ? one.edit : words.create} onClose={onClose}>
      <form className="form" onSubmit={(event) => void save(event)}>
        <label className="field">
          <span className="field-label">{words.name}</span>
          <input
            className="input"
            value={name}
            maxLength={255}
            placeholder={words.untitled}
            // The dialog is opened to name it.
            // oxlint-disable-next-line jsx-a11y/no-autofocus
            autoFocus
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        <label className="field">
          <span className="field-label">{words.comment}</span>
          <textarea
            className="input"
            value={comment}
            maxLength={4_000}
            onChange={(event) => setComment(event.target.value)}
          />
        </label>
        <label className="check">
          <input type="checkbox" checked={isPublic} onChange={(event) => setPublic(event.target.checked)} />
          {words.isPublic}
        </label>
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            {actions.cancel}
          </button>
          <button type="submit" className="button button-primary">
            {actions.save}
          </button>
        </div>
      </form>
    </DialogFrame>
  );
}
