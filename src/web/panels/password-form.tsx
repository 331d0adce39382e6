import { type FormEvent, useId, useState } from 'react';
import { ApiError, routes } from '../../api/index.ts';
import { call } from '../data/client.ts';
import { useMessages } from '../messages/use-messages.ts';
import { tell } from '../shell/toasts.ts';

export function PasswordForm() {
  const { settings: words, signIn, states } = useMessages();
  const [fault, setFault] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const faultId = useId();

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget;
    const { current, next } = Object.fromEntries(new FormData(form)) as { current: string; next: string };
    setBusy(true);
    setFault(undefined);
    try {
      await call(routes.changePassword, { body: { current, next } });
      form.reset();
      tell(words.changed);
    } catch (error) {
      setFault(wordFault(error));
    } finally {
      setBusy(false);
    }
  }

  function wordFault(error: unknown): string {
    if (!(error instanceof ApiError)) return states.errorTitle;
    if (error.code === 'wrong-credentials') return words.wrongPassword;
    if (error.code === 'weak-passphrase' || error.code === 'bad-request') return words.weakPassword;
    return error.status === 429 ? signIn.tooMany : states.errorTitle;
  }

  return (
    <section className="panel" aria-labelledby="account">
      <h2 id="account" className="panel-title">
        {words.account}
      </h2>
      <form
        className="form panel-form"
        onSubmit={(event) => void submit(event)}
        aria-describedby={fault && faultId}
      >
        <label className="field">
          <span className="field-label">{words.current}</span>
          <input className="input" name="current" type="password" autoComplete="current-password" required />
        </label>
        <label className="field">
          <span className="field-label">{words.next}</span>
          <input
            className="input"
            name="next"
            type="password"
            autoComplete="new-password"
            required
            minLength={8}
            maxLength={1_024}
          />
        </label>
        <p id={faultId} className="field-fault" role="alert">
          {fault}
        </p>
        <button type="submit" className="button" disabled={isBusy}>
          {words.changePassword}
        </button>
      </form>
    </section>
  );
}
