import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { routes } from '../../api/index.ts';
import { call } from '../data/client.ts';
import { useMessages } from '../messages/use-messages.ts';
import { newInstanceId } from '../session/instance.ts';
import { ownOutput } from '../session/own-output.ts';
import type { SessionClient } from '../session/session-client.ts';
import { NameForm } from './name-form.tsx';

const sessionsQuery = queryOptions({
  queryKey: ['playback-sessions'],
  queryFn: () => call(routes.playbackSessions, {}),
});

/** The queues of this listener, and the one that this page is in. */
export function SessionList({ client }: { readonly client: SessionClient }) {
  const { sessions: words } = useMessages();
  const queryClient = useQueryClient();
  const { data } = useQuery({ ...sessionsQuery, staleTime: 0 });
  const own = { sessionId: client.sessionId, name: client.state.name };
  const others = (data?.sessions ?? []).filter(({ sessionId }) => sessionId !== own.sessionId);

  /** Where this page is heard, it takes no part of the session that it leaves with it. */
  function watch(sessionId: string): void {
    if (ownOutput(client.state, client.instanceId))
      client.send({ type: 'output.remove', outputId: client.instanceId });
    client.watch(sessionId);
    void queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
  }

  function add(): void {
    watch(newInstanceId());
    client.send({ type: 'rename', name: words.newName(others.length + 2) });
  }

  return (
    <section className="playing-on-part" aria-labelledby="playing-on-sessions">
      <h3 id="playing-on-sessions" className="playing-on-heading">
        {words.list}
      </h3>
      <p className="setting-hint">{words.listHint}</p>
      <NameForm
        key={own.sessionId}
        label={words.name}
        value={own.name}
        onRename={(name) => client.send({ type: 'rename', name })}
      />
      <ul className="playing-on-sessions">
        {others.map((session) => (
          <li key={session.sessionId} className="playing-on-line">
            <span className="setting-text">
              <span className="setting-name" dir="auto">
                {session.name}
              </span>
            </span>
            <button
              type="button"
              className="button"
              aria-label={words.changeTo(session.name)}
              onClick={() => watch(session.sessionId)}
            >
              {words.change}
            </button>
          </li>
        ))}
      </ul>
      <button type="button" className="button" onClick={add}>
        {words.add}
      </button>
    </section>
  );
}
