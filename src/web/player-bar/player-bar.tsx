import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useMessages } from '../messages/use-messages.ts';
import { Cover } from '../parts/cover.tsx';
import { Icon } from '../parts/icon.tsx';
import { LikeButton } from '../parts/like-button.tsx';
import { useNames } from '../parts/names.ts';
import { usePlayerState } from '../player/use-player.ts';
import { FaultNotice } from './fault-notice.tsx';
import { NowText } from './now.tsx';
import { PlayingOnButton, PlayingOnName } from './playing-on.tsx';
import { SeekSlider } from './seek-slider.tsx';
import { PlayButton, Transport } from './transport.tsx';
import { usePosition } from './use-position.ts';
import { Volume } from './volume.tsx';

const PlayerSheet = lazy(async () => ({ default: (await import('./player-sheet.tsx')).PlayerSheet }));

/** What plays, and the controls: a bar on wide windows, a line that opens a sheet on a phone. */
export function PlayerBar() {
  const { player: words } = useMessages();
  const names = useNames();
  const track = usePlayerState((state) => state.current?.track);
  const [isOpen, setOpen] = useState(false);
  return (
    <section className="player-bar" aria-label={words.label}>
      <FaultNotice />
      <MiniProgress />
      <div className="now">
        {track ? (
          <>
            <span className="now-cover">
              <Cover coverId={track.coverId} seed={track.albumId} pixels={64} isFirst />
            </span>
            <div className="now-words">
              <NowText track={track} />
              <PlayingOnName />
            </div>
            <LikeButton item={track} name={names.title(track)} />
          </>
        ) : (
          <span className="now-nothing">{words.nothing}</span>
        )}
      </div>
      <div className="player-centre">
        <Transport />
        <SeekSlider />
      </div>
      <div className="player-side">
        <Link to="/now" className="icon-button" aria-label={words.queue} title={words.queue}>
          <Icon name="queue" />
        </Link>
        <PlayingOnButton />
        <Volume />
      </div>
      {track && (
        <button
          type="button"
          className="mini-open"
          aria-haspopup="dialog"
          aria-label={words.open}
          onClick={() => setOpen(true)}
        />
      )}
      <div className="mini-play">
        <PlayButton />
      </div>
      {isOpen && (
        <Suspense>
          <PlayerSheet onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </section>
  );
}

/** A thin line at the edge of the phone's bar. */
function MiniProgress() {
  const durationMs = usePlayerState((state) => state.durationMs || (state.current?.track.durationMs ?? 0));
  const positionMs = usePosition();
  const share = durationMs > 0 ? Math.min(1, positionMs / durationMs) : 0;
  return <span className="mini-progress" style={{ scale: `${share} 1` }} />;
}
