import type { SideDeck } from '../../playback/session/index.ts';
import { useFormats, useMessages } from '../messages/use-messages.ts';
import { SliderField } from '../panels/slider-field.tsx';
import { Icon } from '../parts/icon.tsx';
import { useNames } from '../parts/names.ts';
import type { SessionHere } from '../session/here.ts';
import { useSettling } from './use-settling.ts';

/** What plays beside the queue, each with its loudness. */
export function SideDeckList({ here }: { readonly here: SessionHere }) {
  const { sessions: words } = useMessages();
  const { decks } = here.client.view();
  if (decks.length === 0) return null;
  return (
    <section className="playing-on-part" aria-labelledby="playing-on-besides">
      <h3 id="playing-on-besides" className="playing-on-heading">
        {words.besides}
      </h3>
      <p className="setting-hint">{words.besidesHint}</p>
      <ul className="playing-on-devices">
        {decks.map((deck) => (
          <SideDeckRow key={deck.deckId} deck={deck} here={here} />
        ))}
      </ul>
    </section>
  );
}

function SideDeckRow({ deck, here }: { readonly deck: SideDeck; readonly here: SessionHere }) {
  const { sessions: words } = useMessages();
  const { number } = useFormats();
  const names = useNames();
  const { client, tracks, decks } = here;
  const { deckId, item, motion, loop } = deck;
  const title = names.title(tracks.of(item.trackId, item.durationMs));
  const [gain, setGain] = useSettling(deck.gain, (next) =>
    client.send({ type: 'deck.change', deckId, gain: next }),
  );
  const percent = Math.round(gain * 100);
  return (
    <li className="playing-on-device">
      <div className="playing-on-line">
        <button
          type="button"
          className="icon-button"
          aria-label={motion.playing ? words.pauseDeck(title) : words.playDeck(title)}
          onClick={() => (motion.playing ? client.send({ type: 'pause', deckId }) : decks.play(deckId))}
        >
          <Icon name={motion.playing ? 'pause' : 'play'} />
        </button>
        <span className="setting-text">
          <span className="setting-name" dir="auto">
            {title}
          </span>
        </span>
        <button
          type="button"
          className={`icon-button ${loop ? 'is-on' : ''}`}
          aria-label={words.repeatDeck(title)}
          aria-pressed={loop}
          onClick={() => client.send({ type: 'deck.change', deckId, loop: !loop })}
        >
          <Icon name="repeat" />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label={words.endDeck(title)}
          onClick={() => client.send({ type: 'deck.close', deckId })}
        >
          <Icon name="close" />
        </button>
      </div>
      <div className="playing-on-gain">
        <SliderField
          label={words.volumeOf(title)}
          min={0}
          max={100}
          step={1}
          value={percent}
          text={`${number(percent)} %`}
          onChange={(next) => setGain(next / 100)}
        />
      </div>
    </li>
  );
}
