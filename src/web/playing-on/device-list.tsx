import { type NewOutput, type Output, type PresentDevice, staying } from '../../playback/session/index.ts';
import { useFormats, useMessages } from '../messages/use-messages.ts';
import { SliderField } from '../panels/slider-field.tsx';
import { Icon } from '../parts/icon.tsx';
import { usePlayer } from '../player/use-player.ts';
import type { SessionHere } from '../session/here.ts';
import type { SessionClient } from '../session/session-client.ts';
import { NameForm } from './name-form.tsx';
import { useSettling } from './use-settling.ts';

const MOST_DELAY_MS = 500;
/** Of a page that was no output before, as far as another one knows. */
const USUAL = { volume: 0.8, muted: false, delayMs: 0 };

interface Place {
  readonly id: string;
  readonly name: string;
  readonly isHere: boolean;
  readonly isThere: boolean;
  readonly kind: Output['kind'];
  readonly output: Output | undefined;
  readonly report: PresentDevice['report'];
}

/** Where the music may be heard, this device first. */
export function DeviceList({ here }: { readonly here: SessionHere }) {
  const { client } = here;
  const { sessions: words } = useMessages();
  const places = placesOf(client);
  return (
    <section className="playing-on-part" aria-labelledby="playing-on-devices">
      <h3 id="playing-on-devices" className="playing-on-heading">
        {words.devices}
      </h3>
      <ul className="playing-on-devices">
        {places.map((place) => (
          <DeviceRow key={place.id} place={place} here={here} />
        ))}
      </ul>
      {places.length === 1 && client.isOnline && <p className="setting-hint">{words.noDevices}</p>}
      <NameForm label={words.deviceName} value={client.name} onRename={here.rename} />
    </section>
  );
}

function placesOf(client: SessionClient): readonly Place[] {
  const outputs = staying(client.state.outputs);
  const here = client.devices.filter(({ sessionId }) => sessionId === client.sessionId);
  const ids = new Set([
    client.instanceId,
    ...outputs.map(({ outputId }) => outputId),
    ...here.map(({ instanceId }) => instanceId),
  ]);
  return [...ids].map((id) => {
    const output = outputs.find(({ outputId }) => outputId === id);
    const device = here.find(({ instanceId }) => instanceId === id);
    const isHere = id === client.instanceId;
    return {
      id,
      name: output?.name ?? device?.name ?? client.name,
      isHere,
      isThere: isHere || client.isThere(id),
      kind: output?.kind ?? device?.kind ?? 'page',
      output,
      report: device?.report,
    };
  });
}

function DeviceRow({ place, here }: { readonly place: Place; readonly here: SessionHere }) {
  const { client } = here;
  const { sessions: words } = useMessages();
  const { number } = useFormats();
  const player = usePlayer();
  const { id, name, isHere, isThere, kind, output, report } = place;
  const others = staying(client.state.outputs).filter(({ outputId }) => outputId !== id);
  const shown = isHere ? `${name} · ${words.here}` : name;

  /** The engine of this page is loaded in the gesture, without which no browser lets it sound. */
  function asOutput(): NewOutput {
    const own = here.asOutput();
    if (!isHere) return { ...own, outputId: id, name, kind, ...USUAL };
    player.warm().catch(() => undefined);
    return own;
  }

  return (
    <li className="playing-on-device">
      <div className="playing-on-line">
        <Icon name={kind === 'page' ? 'devices' : 'volume'} />
        <span className="setting-text">
          <span className="setting-name" dir="auto">
            {shown}
          </span>
          {!isThere && <span className="setting-hint">{words.away}</span>}
          {output && report?.awaitsGesture && (
            <span className="setting-hint">{isHere ? words.tapHere : words.tapThere}</span>
          )}
          {report?.errorMs !== undefined && (
            <span className="setting-hint">{words.error(number(Math.round(report.errorMs * 10) / 10))}</span>
          )}
        </span>
        {output ? (
          <button
            type="button"
            className="button"
            aria-label={isHere ? words.notHere : words.stopOn(name)}
            onClick={() => client.send({ type: 'output.remove', outputId: id })}
          >
            {isHere ? words.notHere : words.stop}
          </button>
        ) : (
          kind !== 'subsonic' && (
            <span className="playing-on-buttons">
              {others.length > 0 && (
                <button
                  type="button"
                  className="button"
                  {...(!isHere && { 'aria-label': words.alsoOn(name) })}
                  onClick={() => client.send({ type: 'output.add', output: asOutput() })}
                >
                  {isHere ? words.alsoHere : words.alsoThere}
                </button>
              )}
              <button
                type="button"
                className="button button-main"
                {...(!isHere && { 'aria-label': words.playOn(name) })}
                onClick={() => client.send({ type: 'handover', output: asOutput() })}
              >
                {isHere ? words.playHere : words.playThere}
              </button>
            </span>
          )
        )}
      </div>
      {output && <OutputSliders output={output} client={client} />}
    </li>
  );
}

function OutputSliders({ output, client }: { readonly output: Output; readonly client: SessionClient }) {
  const { sessions: words } = useMessages();
  const { number } = useFormats();
  const { outputId, name, muted } = output;
  const change = (changes: { volume?: number; muted?: boolean; delayMs?: number }) =>
    client.send({ type: 'output.change', outputId, ...changes });
  const [volume, setVolume] = useSettling(output.volume, (next) => change({ volume: next, muted: false }));
  const [delayMs, setDelay] = useSettling(output.delayMs, (next) => change({ delayMs: next }));
  const percent = Math.round((muted ? 0 : volume) * 100);
  return (
    <div className="playing-on-sliders">
      <button
        type="button"
        className="icon-button"
        aria-label={muted ? words.unmuteOf(name) : words.muteOf(name)}
        onClick={() => change({ muted: !muted })}
      >
        <Icon name={percent === 0 ? 'muted' : 'volume'} />
      </button>
      <SliderField
        label={words.volumeOf(name)}
        min={0}
        max={100}
        step={1}
        value={percent}
        text={`${number(percent)} %`}
        onChange={(next) => setVolume(next / 100)}
      />
      <SliderField
        label={words.delayOf(name)}
        min={-MOST_DELAY_MS}
        max={MOST_DELAY_MS}
        step={5}
        value={delayMs}
        text={words.milliseconds(number(delayMs))}
        onChange={setDelay}
      />
    </div>
  );
}
