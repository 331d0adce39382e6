import { useQuery } from '@tanstack/react-query';
import { useStore } from '../data/store.ts';
import type { KeptSpace } from '../kept/index.ts';
import { useFormats, useMessages } from '../messages/use-messages.ts';
import { Icon } from '../parts/icon.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';
import { usePlayer } from '../player/use-player.ts';
import { type KeptHere, keptQuery } from './kept-query.ts';
import { keepings, type Keeping, useKeeping } from './use-keeping.ts';

const SKELETONS = [0, 1, 2];

/** What plays here without a server, and the space that it takes. */
export function KeptPage() {
  const { kept: words } = useMessages();
  const query = useQuery(keptQuery);
  const running = useStore(keepings);
  usePageTitle(words.title);
  return (
    <div className="page page-narrow">
      <header className="page-head">
        <h1 className="page-title">{words.title}</h1>
        <p className="page-facts">{words.lead}</p>
      </header>
      <Loaded
        query={query}
        skeleton={SKELETONS.map((index) => <span key={index} className="panel skeleton device-skeleton" />)}
      >
        {({ lists, space }) => (
          <>
            <SpaceTold space={space} />
            {lists.length === 0 ? (
              <Notice icon="offline" title={words.none} text={words.noneText} />
            ) : (
              <ul>
                {lists.map((list) => (
                  <KeptCard key={list.id} list={list} keeping={running.get(list.id)} />
                ))}
              </ul>
            )}
          </>
        )}
      </Loaded>
    </div>
  );
}

function SpaceTold({ space: { usedBytes, quotaBytes, persistent } }: { readonly space: KeptSpace }) {
  const { kept: words } = useMessages();
  const { bytes } = useFormats();
  return (
    <p className="panel panel-lead">
      {words.used(bytes(usedBytes))}{' '}
      {words.left(bytes(Math.max(0, quotaBytes - usedBytes)), bytes(quotaBytes))}{' '}
      {persistent ? words.stays : words.mayGo}
    </p>
  );
}

interface KeptCardProps {
  readonly list: KeptHere;
  readonly keeping: Keeping | undefined;
}

function KeptCard({ list: { id, about, complete }, keeping }: KeptCardProps) {
  const { actions, kept: words } = useMessages();
  const player = usePlayer();
  const { keep, remove } = useKeeping();
  const { name, tracks } = about;
  return (
    <li className="panel device">
      <Icon name="offline" />
      <div className="panel-grow">
        <h2 className="device-name" dir="auto">
          {name}
        </h2>
        <p className="setting-hint">{words.trackCount(tracks.length)}</p>
        <KeptState complete={complete} keeping={keeping} />
        <div className="panel-row">
          <button type="button" className="button" onClick={() => player.playTracks(tracks)}>
            {actions.play}
          </button>
          {keeping && (
            <button type="button" className="button" onClick={keeping.stop}>
              {words.stop}
            </button>
          )}
          {!complete && !keeping && (
            <button
              type="button"
              className="button"
              onClick={() => void keep(id, name, () => Promise.resolve(tracks))}
            >
              {words.goOn}
            </button>
          )}
        </div>
      </div>
      <button
        type="button"
        className="button button-danger"
        aria-label={words.removeOf(name)}
        onClick={() => void remove(id, name)}
      >
        {words.take}
      </button>
    </li>
  );
}

function KeptState({ complete, keeping }: Pick<KeptHere, 'complete'> & Pick<KeptCardProps, 'keeping'>) {
  const { kept: words } = useMessages();
  const { percent } = useFormats();
  if (!keeping) return complete ? null : <p className="setting-hint">{words.partly}</p>;
  const { fraction } = keeping;
  const text = fraction === undefined ? words.waiting : words.progress(percent(fraction));
  return <p className="setting-hint">{text}</p>;
}
