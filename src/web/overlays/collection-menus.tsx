import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { Separator } from 'react-aria-components/Separator';
import type { Track } from '../../api/index.ts';
import { type Annotated, isLiked } from '../data/annotations.ts';
import { deletePlaylistSoon } from '../data/playlist-deletions.ts';
import { useMessages } from '../messages/use-messages.ts';
import { useNames } from '../parts/names.ts';
import { useLike } from '../parts/use-like.ts';
import { usePlayCollection } from '../parts/use-play-collection.ts';
import { openOverlay, type Overlay } from '../shell/overlays.ts';
import { tell } from '../shell/toasts.ts';
import { KeepEntry } from './keep-entry.tsx';
import { Entry, MenuFrame } from './menu-frame.tsx';
import { RateSubmenu } from './rate-submenu.tsx';
import { useCopyAddress, useTrackActions } from './use-track-actions.ts';

interface MenuProps<Kind extends Overlay['kind']> {
  readonly overlay: Extract<Overlay, { kind: Kind }>;
  readonly onClose: () => void;
}

export function AlbumMenu({ overlay: { at, album }, onClose }: MenuProps<'album-menu'>) {
  const { actions } = useMessages();
  const names = useNames();
  const router = useRouter();
  const copyAddress = useCopyAddress();
  const { albumTracks } = usePlayCollection();
  const [artist] = album.artists;
  const name = names.album(album.title);
  return (
    <MenuFrame at={at} label={actions.moreFor(name)} onClose={onClose}>
      <TrackEntries load={() => albumTracks(album.id)} />
      <Separator className="menu-separator" />
      <LikeEntry item={album} name={name} />
      <RateSubmenu items={[album]} onClose={onClose} />
      <KeepEntry id={album.id} name={name} load={() => albumTracks(album.id)} />
      <Separator className="menu-separator" />
      {artist && (
        <Entry
          icon="artists"
          text={actions.goToArtist}
          run={() => void router.navigate({ to: '/artists/$artistId', params: { artistId: artist.id } })}
        />
      )}
      <Entry icon="link" text={actions.copyAddress} run={() => copyAddress(`/albums/${album.id}`)} />
    </MenuFrame>
  );
}

export function ArtistMenu({ overlay: { at, artist }, onClose }: MenuProps<'artist-menu'>) {
  const { actions } = useMessages();
  const names = useNames();
  const copyAddress = useCopyAddress();
  const { artistTracks } = usePlayCollection();
  const name = names.artistName(artist.name);
  return (
    <MenuFrame at={at} label={actions.moreFor(name)} onClose={onClose}>
      <TrackEntries load={() => artistTracks(artist.id)} />
      <Separator className="menu-separator" />
      <LikeEntry item={artist} name={name} />
      <RateSubmenu items={[artist]} onClose={onClose} />
      <Separator className="menu-separator" />
      <Entry icon="link" text={actions.copyAddress} run={() => copyAddress(`/artists/${artist.id}`)} />
    </MenuFrame>
  );
}

export function PlaylistMenu({ overlay: { at, playlist }, onClose }: MenuProps<'playlist-menu'>) {
  const { actions, playlist: words, playlists, told } = useMessages();
  const router = useRouter();
  const queryClient = useQueryClient();
  const copyAddress = useCopyAddress();
  const { playlistTracks } = usePlayCollection();

  function remove(): void {
    const undo = deletePlaylistSoon(queryClient, playlist.id, () => tell(told.failed));
    tell(playlists.deleted(playlist.name), undo);
    void router.navigate({ to: '/playlists' });
  }

  return (
    <MenuFrame at={at} label={actions.moreFor(playlist.name)} onClose={onClose}>
      <TrackEntries load={() => playlistTracks(playlist.id)} />
      <Separator className="menu-separator" />
      <KeepEntry id={playlist.id} name={playlist.name} load={() => playlistTracks(playlist.id)} />
      <Entry icon="link" text={actions.copyAddress} run={() => copyAddress(`/playlists/${playlist.id}`)} />
      {playlist.isOwn && (
        <>
          <Entry
            icon="pencil"
            text={words.edit}
            run={() => openOverlay({ kind: 'edit-playlist', playlist })}
          />
          <Entry icon="trash" text={words.delete} run={remove} />
        </>
      )}
    </MenuFrame>
  );
}

function TrackEntries({ load }: { readonly load: () => Promise<readonly Track[]> }) {
  const { actions } = useMessages();
  const run = useTrackActions(load);
  return (
    <>
      <Entry icon="play" text={actions.play} run={run.play} />
      <Entry icon="playNext" text={actions.playNext} run={run.playNext} />
      <Entry icon="queue" text={actions.addToQueue} run={run.addToQueue} />
      <Entry icon="playlists" text={actions.addToPlaylist} run={run.addToPlaylist} />
    </>
  );
}

function LikeEntry({ item, name }: { readonly item: Annotated; readonly name: string }) {
  const { actions } = useMessages();
  const { like, unlike } = useLike();
  const liked = isLiked(item);
  return (
    <Entry
      icon="heart"
      text={liked ? actions.unlike : actions.like}
      run={() => (liked ? unlike([item], name) : like([item]))}
    />
  );
}
