import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { type FormEvent, useId, useState } from 'react';
import { ApiError, routes } from '../../api/index.ts';
import { call } from '../data/client.ts';
import { sessionQuery } from '../data/queries.ts';
import { safeReturn } from '../data/session.ts';
import { useMessages } from '../messages/use-messages.ts';
import { usePageTitle } from '../parts/use-page-title.ts';

const route = getRouteApi('/sign-in');

export function SignInPage() {
  const { signIn, states } = useMessages();
  const { return: wanted, ended } = route.useSearch();
  const router = useRouter();
  const queryClient = useQueryClient();
  const [fault, setFault] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const faultId = useId();
  usePageTitle(signIn.title);

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setFault(undefined);
    try {
      const session = await call(routes.signIn, {
        body: { username: textOf(form, 'username'), password: textOf(form, 'password') },
      });
      queryClient.setQueryData(sessionQuery.queryKey, session);
      await router.navigate({ href: safeReturn(wanted), replace: true });
    } catch (error) {
      setFault(wordFault(error));
      setBusy(false);
    }
  }

  function wordFault(error: unknown): string {
    if (!(error instanceof ApiError)) return states.errorTitle;
    if (error.status === 401 || error.status === 400) return signIn.wrong;
    if (error.status === 429) return signIn.tooMany;
    return error.status === 0 ? states.offlineTitle : states.errorTitle;
  }

  return (
    <main className="gate">
      <form
        className="gate-card"
        onSubmit={(event) => void submit(event)}
        aria-describedby={fault && faultId}
      >
        <img className="gate-mark" src="./icon.svg" alt="" width="56" height="56" />
        <h1 className="gate-title">Clef</h1>
        <p className="gate-lead">{ended ? signIn.expired : signIn.lead}</p>
        <label className="field">
          <span className="field-label">{signIn.username}</span>
          <input
            className="input"
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            required
            maxLength={255}
          />
        </label>
        <label className="field">
          <span className="field-label">{signIn.password}</span>
          <input className="input" name="password" type="password" autoComplete="current-password" required />
        </label>
        <p id={faultId} className="field-fault" role="alert">
          {fault}
        </p>
        <button type="submit" className="button button-primary button-wide" disabled={isBusy}>
          {signIn.submit}
        </button>
      </form>
    </main>
  );
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}
