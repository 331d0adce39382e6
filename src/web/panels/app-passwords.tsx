import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { type AppPassword, routes } from '../../api/index.ts';
import { basePath, call } from '../data/client.ts';
import { withFreshSession } from '../data/fresh-session.ts';
import { useFormats, useMessages } from '../messages/use-messages.ts';
import { Loaded } from '../parts/loaded.tsx';
import { tell } from '../shell/toasts.ts';
import { appPasswordsQuery } from './queries.ts';
import { Shown } from './shown.tsx';

interface Made {
  readonly client: string;
  readonly username: string;
  readonly password: string;
}

/** What Subsonic players sign in with. */
export function AppPasswords() {
  const { appPasswords: words, told } = useMessages();
  const queryClient = useQueryClient();
  const query = useQuery(appPasswordsQuery);
  const [made, setMade] = useState<Made>();
  const address = `${location.origin}${basePath}`;
  const refresh = () => queryClient.invalidateQueries({ queryKey: appPasswordsQuery.queryKey });

  async function add(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget;
    const { client } = Object.fromEntries(new FormData(form)) as { client: string };
    try {
      const { username, password } = await withFreshSession(() =>
        call(routes.addAppPassword, { body: { clientName: client } }),
      );
      setMade({ client, username, password });
      form.reset();
      await refresh();
    } catch {
      tell(told.failed);
    }
  }

  async function revoke({ id, clientName }: AppPassword): Promise<void> {
    try {
      await call(routes.revokeAppPassword, { params: { id } });
      tell(words.revoked(clientName));
      await refresh();
    } catch {
      tell(told.failed);
    }
  }

  return (
    <section className="panel" aria-labelledby="app-passwords">
      <h2 id="app-passwords" className="panel-title">
        {words.title}
      </h2>
      <p className="panel-lead">{words.lead}</p>
      <Shown label={words.address} value={address} />
      {made && (
        <div className="shown-once" role="status">
          <p>
            <strong>{words.made(made.client)}</strong> {words.shownOnce}
          </p>
          <Shown label={words.user} value={made.username} />
          <Shown label={words.password} value={made.password} />
        </div>
      )}
      <Loaded query={query} skeleton={<span className="line skeleton" />}>
        {({ appPasswords }) =>
          appPasswords.length === 0 ? (
            <p className="panel-lead">{words.none}</p>
          ) : (
            <ul className="line-list">
              {appPasswords.map((one) => (
                <PasswordLine key={one.id} password={one} revoke={() => void revoke(one)} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <form className="panel-row" onSubmit={(event) => void add(event)}>
        <label className="field panel-grow">
          <span className="field-label">{words.client}</span>
          <input className="input" name="client" required maxLength={255} placeholder={words.clientExample} />
        </label>
        <button type="submit" className="button">
          {words.add}
        </button>
      </form>
    </section>
  );
}

function PasswordLine({ password, revoke }: { readonly password: AppPassword; readonly revoke: () => void }) {
  const { appPasswords: words } = useMessages();
  const { date } = useFormats();
  const { clientName, lastUsedAtMs } = password;
  return (
    <li className="line">
      <span className="line-text">
        <span className="line-title" dir="auto">
          {clientName}
        </span>
        <span className="line-subtitle">
          {lastUsedAtMs === undefined ? words.unused : words.used(date(lastUsedAtMs))}
        </span>
      </span>
      <button type="button" className="button" aria-label={words.revokeOf(clientName)} onClick={revoke}>
        {words.revoke}
      </button>
    </li>
  );
}
