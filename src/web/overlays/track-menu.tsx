import { useRouter } from '@tanstack/react-router';
import { Separator } from 'react-aria-components/Separator';
import type { Track } from '../../api/index.ts';
import { isLiked } from '../data/annotations.ts';
import { useStore } from '../data/store.ts';
import { useMessages } from '../messages/use-messages.ts';
import { useNames } from '../parts/names.ts';
import { useLike } from '../parts/use-like.ts';
import { usePlayer } from '../player/use-player.ts';
import { sessionHere } from '../session/here.ts';
import type { Overlay } from '../shell/overlays.ts';
import { tell } from '../shell/toasts.ts';
import { KeepEntry } from './keep-entry.tsx';
import { Entry, MenuFrame } from './menu-frame.tsx';
import { RateSubmenu } from './rate-submenu.tsx';
import { useCopyAddress, useTrackActions } from './use-track-actions.ts';

interface TrackMenuProps {
  readonly overlay: Extract<Overlay, { kind: 'track-menu' }>;
  readonly onClose: () => void;
}

/** Of one track, or of several at once. */
export function TrackMenu({ overlay: { at, tracks, remove }, onClose }: TrackMenuProps) {
  const { actions, tracks: words } = useMessages();
  const names = useNames();
  const { like, unlike } = useLike();
  const run = useTrackActions(() => Promise.resolve(tracks));
  const [first] = tracks;
  if (!first) return null;
  const name = tracks.length === 1 ? names.title(first) : words.selected(tracks.length);
  const allLiked = tracks.every(isLiked);
  return (
    <MenuFrame at={at} label={actions.moreFor(name)} onClose={onClose}>
      <Entry icon="play" text={actions.play} run={run.play} />
      <Entry icon="playNext" text={actions.playNext} run={run.playNext} />
      <Entry icon="queue" text={actions.addToQueue} run={run.addToQueue} />
      {tracks.length === 1 && <BesideEntry track={first} name={name} />}
      <Entry icon="playlists" text={actions.addToPlaylist} run={run.addToPlaylist} />
      <Separator className="menu-separator" />
      <Entry
        icon="heart"
        text={allLiked ? actions.unlike : actions.like}
        run={() => (allLiked ? unlike(tracks, name) : like(tracks))}
      />
      <RateSubmenu items={tracks} onClose={onClose} />
      {tracks.length === 1 && <KeepEntry id={first.id} name={name} load={() => Promise.resolve(tracks)} />}
      {tracks.length === 1 && <PlacesOfTrack track={first} />}
      {remove && <Separator className="menu-separator" />}
      {remove && <Entry icon="trash" text={remove.label} run={remove.run} />}
    </MenuFrame>
  );
}

/** Where this page is in a playback session: without one, nothing plays beside the queue. */
function BesideEntry({ track, name }: { readonly track: Track; readonly name: string }) {
  const { sessions: words } = useMessages();
  const player = usePlayer();
  const here = useStore(sessionHere);
  if (!here) return null;
  const run = () => {
    // Within the gesture, without which no browser lets it sound.
    player.warm().catch(() => undefined);
    tell(here.decks.open(track) ? words.playsBeside(name) : words.tooManyBeside);
  };
  return <Entry icon="beside" text={words.playBeside} run={run} />;
}

function PlacesOfTrack({ track }: { readonly track: Track }) {
  const { actions, matrix } = useMessages();
  const router = useRouter();
  const copyAddress = useCopyAddress();
  const [artist] = track.artists;
  return (
    <>
      <Separator className="menu-separator" />
      <Entry
        icon="albums"
        text={actions.goToAlbum}
        run={() => void router.navigate({ to: '/albums/$albumId', params: { albumId: track.albumId } })}
      />
      {artist && (
        <Entry
          icon="artists"
          text={actions.goToArtist}
          run={() => void router.navigate({ to: '/artists/$artistId', params: { artistId: artist.id } })}
        />
      )}
      <Entry
        icon="matrix"
        text={matrix.link}
        run={() => void router.navigate({ to: '/matrix/$trackId', params: { trackId: track.id } })}
      />
      <Entry icon="link" text={actions.copyAddress} run={() => copyAddress(`/albums/${track.albumId}`)} />
    </>
  );
}
