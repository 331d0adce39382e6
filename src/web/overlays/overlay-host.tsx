import { closeOverlay, type Overlay } from '../shell/overlays.ts';
import { ShortcutsDialog } from './shortcuts-dialog.tsx';

/** Whatever lies over the page. One file, so that it is loaded once. */
export function OverlayHost({ overlay }: { readonly overlay: Overlay }) {
  switch (overlay.kind) {
    case 'shortcuts':
      return <ShortcutsDialog onClose={closeOverlay} />;
    default:
      return null;
  }
}
