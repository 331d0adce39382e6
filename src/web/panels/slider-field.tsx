import { Label } from 'react-aria-components/Label';
import { Slider, SliderThumb, SliderTrack } from 'react-aria-components/Slider';

interface SliderFieldProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** The value in words, shown and read out. */
  readonly text: string;
  readonly onChange: (value: number) => void;
}

export function SliderField({ label, value, min, max, step, text, onChange }: SliderFieldProps) {
  return (
    <Slider
      className="slider-field"
      minValue={min}
      maxValue={max}
      step={step}
      value={value}
      onChange={(next) => onChange(next)}
    >
      <Label className="field-label">{label}</Label>
      <span className="slider-field-value" aria-hidden="true">
        {text}
      </span>
      <SliderTrack className="slider-track">
        <span className="slider-rail" />
        <span className="slider-fill" style={{ width: `${(100 * (value - min)) / (max - min)}%` }} />
        <SliderThumb className="slider-thumb" aria-valuetext={text} />
      </SliderTrack>
    </Slider>
  );
}
