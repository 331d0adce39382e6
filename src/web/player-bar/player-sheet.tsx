import { Link, useLocation } from '@tanstack/react-router';
import { useEffect, useEffectEvent, useRef } from 'react';
import { Dialog } from 'react-aria-components/Dialog';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { useMessages } from '../messages/use-messages.ts';
import { Cover } from '../parts/cover.tsx';
import { Icon } from '../parts/icon.tsx';
import { LikeButton } from '../parts/like-button.tsx';
import { useNames } from '../parts/names.ts';
import { useTint } from '../parts/use-tint.ts';
import { usePlayerState } from '../player/use-player.ts';
import { openOverlay } from '../shell/overlays.ts';
import { useLayer } from '../shell/use-layer.ts';
import { NowText } from './now.tsx';
import { PlayingOnButton, PlayingOnName } from './playing-on.tsx';
import { SeekSlider } from './seek-slider.tsx';
import { Transport } from './transport.tsx';
import { Volume } from './volume.tsx';

/** The player over the whole screen of a phone. */
export function PlayerSheet({ onClose }: { readonly onClose: () => void }) {
  const { actions, player: words } = useMessages();
  const names = useNames();
  const track = usePlayerState((state) => state.current?.track);
  const tint = useTint(track?.coverId);
  const { pathname } = useLocation();
  const openedAt = useRef(pathname);
  const close = useEffectEvent(onClose);
  useLayer(onClose);
  // Its menu leads to other pages, which it would hide.
  useEffect(() => {
    if (pathname !== openedAt.current) close();
  }, [pathname]);
  if (!track) return null;
  return (
    <ModalOverlay
      className="sheet-overlay"
      isOpen
      isDismissable
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
    >
      <Modal className="sheet">
        <Dialog className="sheet-dialog" aria-label={words.label} style={tint}>
          <div className="sheet-head">
            <button type="button" className="icon-button" aria-label={words.close} onClick={onClose}>
              <Icon name="chevronDown" />
            </button>
            <PlayingOnButton />
            <Link to="/now" className="icon-button" aria-label={words.queue} onClick={onClose}>
              <Icon name="queue" />
            </Link>
            <button
              type="button"
              className="icon-button"
              aria-label={actions.moreFor(names.title(track))}
              onClick={(event) => {
                openOverlay({ kind: 'track-menu', at: event.currentTarget, tracks: [track] });
              }}
            >
              <Icon name="more" />
            </button>
          </div>
          <Cover coverId={track.coverId} seed={track.albumId} pixels={384} isFirst />
          <div className="sheet-now">
            <div className="now-words">
              <NowText track={track} onLeave={onClose} />
              <PlayingOnName />
            </div>
            <LikeButton item={track} name={names.title(track)} />
          </div>
          <SeekSlider />
          <Transport />
          <Volume />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
