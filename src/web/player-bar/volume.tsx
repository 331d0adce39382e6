import { Slider, SliderThumb, SliderTrack } from 'react-aria-components/Slider';
import { useFormats, useMessages } from '../messages/use-messages.ts';
import { Icon } from '../parts/icon.tsx';
import { usePlayer, usePlayerState } from '../player/use-player.ts';

export function Volume() {
  const { player: words } = useMessages();
  const { number } = useFormats();
  const player = usePlayer();
  const { volume, muted } = usePlayerState((state) => state.settings);
  const percent = Math.round((muted ? 0 : volume) * 100);
  return (
    <div className="volume">
      <button
        type="button"
        className="icon-button"
        aria-label={muted ? words.unmute : words.mute}
        onClick={() => player.change({ muted: !muted })}
      >
        <Icon name={percent === 0 ? 'muted' : 'volume'} />
      </button>
      <Slider
        className="slider"
        aria-label={words.volume}
        minValue={0}
        maxValue={100}
        value={percent}
        onChange={(value) => player.change({ volume: value / 100, muted: false })}
      >
        <SliderTrack className="slider-track">
          <span className="slider-rail" />
          <span className="slider-fill" style={{ width: `${percent}%` }} />
          <SliderThumb className="slider-thumb" aria-valuetext={`${number(percent)} %`} />
        </SliderTrack>
      </Slider>
    </div>
  );
}
