import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { ApiError, routes, type Session } from '../../api/index.ts';
import { call } from '../data/client.ts';
import { useMessages } from '../messages/use-messages.ts';
import { DialogFrame } from './dialog-frame.tsx';

interface SignInAgainProps {
  readonly username: string;
  /** Told once: the new session, or that the person turned away. */
  readonly onEnd: (session: Session | undefined) => void;
  readonly onClose: () => void;
}

/** Where a session ended while the page is open: page, queue and what still sounds stay as they are. */
export function SignInAgainDialog({ username, onEnd, onClose }: SignInAgainProps) {
  const { actions, signIn, states } = useMessages();
  const [password, setPassword] = useState('');
  const [fault, setFault] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const session = useRef<Session>(undefined);
  const faultId = useId();
  // However it is closed.
  useEffect(() => () => onEnd(session.current), [onEnd]);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    try {
      session.current = await call(routes.signIn, { body: { username, password } });
      onClose();
    } catch (error) {
      setFault(wordFault(error));
      setBusy(false);
    }
  }

  function wordFault(error: unknown): string {
    const status = error instanceof ApiError ? error.status : undefined;
    if (status === 401 || status === 400) return signIn.wrong;
    if (status === 429) return signIn.tooMany;
    return status === 0 ? states.offlineTitle : states.errorTitle;
  }

  return (
    <DialogFrame title={signIn.title} onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)} aria-describedby={fault && faultId}>
        <p className="dialog-text">{signIn.expired}</p>
        <label className="field">
          <span className="field-label">{signIn.username}</span>
          <input className="input" autoComplete="username" readOnly value={username} />
        </label>
        <label className="field">
          <span className="field-label">{signIn.password}</span>
          <input
            className="input"
            type="password"
            autoComplete="current-password"
            required
            // The dialog is opened to type it.
            // oxlint-disable-next-line jsx-a11y/no-autofocus
            autoFocus
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </label>
        <p id={faultId} className="field-fault" role="alert">
          {fault}
        </p>
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            {actions.cancel}
          </button>
          <button type="submit" className="button button-primary" disabled={isBusy}>
            {signIn.submit}
          </button>
        </div>
      </form>
    </DialogFrame>
  );
}
