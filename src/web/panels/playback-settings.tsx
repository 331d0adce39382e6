import { useEffect, useState } from 'react';
import type { ReplayGainMode } from '../engine/port.ts';
import { useFormats, useMessages } from '../messages/use-messages.ts';
import { usePlayer, usePlayerState } from '../player/use-player.ts';
import { SelectField } from './select-field.tsx';
import { SliderField } from './slider-field.tsx';

const GAIN_MODES: readonly ReplayGainMode[] = ['album', 'track', 'off'];
const MOST_CROSSFADE_S = 12;
const MOST_PREAMP_DB = 15;

export function PlaybackSettings() {
  const { settings: words } = useMessages();
  const { number } = useFormats();
  const player = usePlayer();
  const { crossfadeMs, replayGain, preampDb, rate } = usePlayerState((state) => state.settings);
  const crossfadeS = crossfadeMs / 1_000;
  return (
    <section className="panel" aria-labelledby="playback">
      <h2 id="playback" className="panel-title">
        {words.playback}
      </h2>
      <SliderField
        label={words.crossfade}
        min={0}
        max={MOST_CROSSFADE_S}
        step={0.5}
        value={crossfadeS}
        text={crossfadeS === 0 ? words.crossfadeOff : words.seconds(number(crossfadeS))}
        onChange={(seconds) => player.change({ crossfadeMs: seconds * 1_000 })}
      />
      <SelectField<ReplayGainMode>
        label={words.replayGain}
        hint={words.replayGainHint}
        value={replayGain}
        options={GAIN_MODES.map((mode) => [mode, words.replayGainModes[mode]])}
        onChange={(mode) => player.change({ replayGain: mode })}
      />
      <SliderField
        label={words.preamp}
        min={-MOST_PREAMP_DB}
        max={MOST_PREAMP_DB}
        step={0.5}
        value={preampDb}
        text={words.decibels(number(preampDb))}
        onChange={(decibels) => player.change({ preampDb: decibels })}
      />
      <SliderField
        label={words.rate}
        min={0.5}
        max={2}
        step={0.05}
        value={rate}
        text={words.times(number(rate))}
        onChange={(next) => player.change({ rate: next })}
      />
      <OutputField />
    </section>
  );
}

interface Output {
  readonly id: string;
  readonly label: string;
}

function OutputField() {
  const { settings: words } = useMessages();
  const player = usePlayer();
  const { outputDeviceId } = usePlayerState((state) => state.settings);
  const engine = usePlayerState((state) => state.engine);
  const [outputs, setOutputs] = useState<readonly Output[]>([]);
  useEffect(() => {
    if (engine !== 'ready') return undefined;
    let isShown = true;
    void player
      .warm()
      .then((loaded) => loaded.outputDevices())
      .then((found) => isShown && setOutputs(found))
      .catch(() => undefined);
    return () => {
      isShown = false;
    };
  }, [engine, player]);
  return (
    <SelectField
      label={words.output}
      {...(outputs.length === 0 && { hint: words.outputHint })}
      value={outputDeviceId}
      options={[['', words.outputDefault], ...outputs.map(({ id, label }) => [id, label] as const)]}
      onChange={(id) => player.change({ outputDeviceId: id })}
    />
  );
}
