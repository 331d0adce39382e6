import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { ApiError, routes } from '../../api/index.ts';
import { call } from '../data/client.ts';
import { sessionQuery } from '../data/queries.ts';
import { useMessages } from '../messages/use-messages.ts';
import { DialogFrame } from './dialog-frame.tsx';

interface ConfirmPasswordProps {
  /** Told once: whether the password was right, or the person turned away. */
  readonly onEnd: (isConfirmed: boolean) => void;
  readonly onClose: () => void;
}

export function ConfirmPasswordDialog({ onEnd, onClose }: ConfirmPasswordProps) {
  const { actions, fresh: words, signIn, states } = useMessages();
  const queryClient = useQueryClient();
  const [password, setPassword] = useState('');
  const [fault, setFault] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const isConfirmed = useRef(false);
  const faultId = useId();
  // However it is closed.
  useEffect(() => () => onEnd(isConfirmed.current), [onEnd]);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    try {
      queryClient.setQueryData(
        sessionQuery.queryKey,
        await call(routes.confirmPassword, { body: { password } }),
      );
      isConfirmed.current = true;
      onClose();
    } catch (error) {
      const status = error instanceof ApiError ? error.status : 0;
      setFault(status === 429 ? signIn.tooMany : status === 401 ? words.wrong : states.errorTitle);
      setBusy(false);
    }
  }

  return (
    <DialogFrame title={words.title} onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)} aria-describedby={fault && faultId}>
        <p className="dialog-text">{words.text}</p>
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
            {words.submit}
          </button>
        </div>
      </form>
    </DialogFrame>
  );
}
