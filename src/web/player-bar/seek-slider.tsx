import { useState } from 'react';
import { Slider, SliderThumb, SliderTrack } from 'react-aria-components/Slider';
import { useFormats, useMessages } from '../messages/use-messages.ts';
import { usePlayer, usePlayerState } from '../player/use-player.ts';
import { usePosition } from './use-position.ts';

const STEP_MS = 1_000;

/** The place in the track, with clocks on both sides. */
export function SeekSlider() {
  const { player: words } = useMessages();
  const { clock } = useFormats();
  const player = usePlayer();
  const durationMs = usePlayerState((state) => state.durationMs || (state.current?.track.durationMs ?? 0));
  const positionMs = usePosition();
  /** While it is dragged the thumb follows the finger, not the music. */
  const [heldMs, setHeld] = useState<number>();
  const shownMs = Math.min(heldMs ?? positionMs, durationMs);
  return (
    <div className="seek">
      <span className="clock" aria-hidden="true">
        {clock(shownMs)}
      </span>
      <Slider
        className="slider"
        aria-label={words.position}
        minValue={0}
        maxValue={Math.max(durationMs, 1)}
        step={STEP_MS}
        value={shownMs}
        onChange={setHeld}
        onChangeEnd={(value) => {
          setHeld(undefined);
          player.seek(value);
        }}
      >
        <SliderTrack className="slider-track">
          <span className="slider-rail" />
          <span className="slider-fill" style={{ width: `${(100 * shownMs) / Math.max(durationMs, 1)}%` }} />
          <SliderThumb
            className="slider-thumb"
            aria-valuetext={words.positionOf(clock(shownMs), clock(durationMs))}
          />
        </SliderTrack>
      </Slider>
      <span className="clock" aria-hidden="true">
        {clock(durationMs)}
      </span>
    </div>
  );
}
