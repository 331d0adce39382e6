import { useMessages } from '../messages/use-messages.ts';
import type { SessionClient } from '../session/session-client.ts';

const MOST_SHOWN = 8;

/** The last deeds, the newest first. */
export function DeedList({ client }: { readonly client: SessionClient }) {
  const { sessions: words } = useMessages();
  const deeds = client.state.deeds.slice(-MOST_SHOWN).toReversed();
  return (
    <section className="playing-on-part" aria-labelledby="playing-on-deeds">
      <h3 id="playing-on-deeds" className="playing-on-heading">
        {words.deeds}
      </h3>
      {deeds.length === 0 ? (
        <p className="setting-hint">{words.noDeeds}</p>
      ) : (
        <ol className="playing-on-deeds">
          {deeds.map(({ seq, by, type }) => (
            <li key={seq}>
              <span className="setting-name" dir="auto">
                {by}
              </span>{' '}
              {words.deed[type] ?? type}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
