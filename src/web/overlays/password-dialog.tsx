import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { ApiError } from '../../api/index.ts';
import { useMessages } from '../messages/use-messages.ts';
import { DialogFrame } from './dialog-frame.tsx';

interface PasswordDialogProps<Answer> {
  readonly title: string;
  readonly text: string;
  readonly submitLabel: string;
  readonly wrongText: string;
  /** Shown, and not to be changed; where it is said elsewhere whose password is asked for, there is none. */
  readonly username?: string;
  readonly ask: (password: string) => Promise<Answer>;
  /** Told once: the answer, or undefined where the person turned away. */
  readonly onEnd: (answer: Answer | undefined) => void;
  readonly onClose: () => void;
}

/** Asks for a password until it is right, or whoever is asked turns away. */
export function PasswordDialog<Answer>(props: PasswordDialogProps<Answer>) {
  const { title, text, submitLabel, wrongText, username, ask, onEnd, onClose } = props;
  const { actions, signIn, states } = useMessages();
  const [password, setPassword] = useState('');
  const [fault, setFault] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const answer = useRef<Answer>(undefined);
  const faultId = useId();
  // However it is closed.
  useEffect(() => () => onEnd(answer.current), [onEnd]);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    try {
      answer.current = await ask(password);
      onClose();
    } catch (error) {
      setFault(wordFault(error));
      setBusy(false);
    }
  }

  function wordFault(error: unknown): string {
    const status = error instanceof ApiError ? error.status : undefined;
    if (status === 401 || status === 400) return wrongText;
    if (status === 429) return signIn.tooMany;
    return status === 0 ? states.offlineTitle : states.errorTitle;
  }

  return (
    <DialogFrame title={title} onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)} aria-describedby={fault && faultId}>
        <p className="dialog-text">{text}</p>
        {username !== undefined && (
          <label className="field">
            <span className="field-label">{signIn.username}</span>
            <input className="input" autoComplete="username" readOnly value={username} />
          </label>
        )}
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
            {submitLabel}
          </button>
        </div>
      </form>
    </DialogFrame>
  );
}
