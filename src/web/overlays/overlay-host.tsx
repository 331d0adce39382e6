import { unreachable } from '../../core/index.ts';
import { closeOverlay, overlay as current, type Overlay } from '../shell/overlays.ts';
import { PlayingOnDialog } from '../playing-on/playing-on-dialog.tsx';
import { AlbumMenu, ArtistMenu, PlaylistMenu } from './collection-menus.tsx';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { ConfirmPasswordDialog } from './confirm-password-dialog.tsx';
import { MoreDialog } from './more-dialog.tsx';
import { AddToPlaylistDialog, EditPlaylistDialog } from './playlist-dialogs.tsx';
import { ShortcutsDialog } from './shortcuts-dialog.tsx';
import { SignInAgainDialog } from './sign-in-again-dialog.tsx';
import { TrackMenu } from './track-menu.tsx';

/** Whatever lies over the page. One file, so that it is loaded once. */
export function OverlayHost({ overlay }: { readonly overlay: Overlay }) {
  // An entry of a menu may have opened the next one, which stays.
  const onClose = () => {
    if (current.current === overlay) closeOverlay();
  };
  switch (overlay.kind) {
    case 'track-menu':
      return <TrackMenu overlay={overlay} onClose={onClose} />;
    case 'album-menu':
      return <AlbumMenu overlay={overlay} onClose={onClose} />;
    case 'artist-menu':
      return <ArtistMenu overlay={overlay} onClose={onClose} />;
    case 'playlist-menu':
      return <PlaylistMenu overlay={overlay} onClose={onClose} />;
    case 'add-to-playlist':
      return <AddToPlaylistDialog trackIds={overlay.trackIds} onClose={onClose} />;
    case 'edit-playlist':
      return <EditPlaylistDialog {...overlay} onClose={onClose} />;
    case 'confirm-password':
      return <ConfirmPasswordDialog onEnd={overlay.onEnd} onClose={onClose} />;
    case 'sign-in-again':
      return <SignInAgainDialog {...overlay} onClose={onClose} />;
    case 'confirm':
      return <ConfirmDialog {...overlay} onClose={onClose} />;
    case 'more':
      return <MoreDialog onClose={onClose} />;
    case 'playing-on':
      return <PlayingOnDialog onClose={onClose} />;
    case 'shortcuts':
      return <ShortcutsDialog onClose={onClose} />;
    default:
      return unreachable(overlay);
  }
}
