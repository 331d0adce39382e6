import { type FormEvent, useId, useState } from 'react';
import type { AdminAccount } from '../../api/index.ts';
import { tell } from '../shell/toasts.ts';
import { LoginCard } from './login-card.tsx';
import { usePeople } from './use-people.ts';
import { useAdminMessages } from './use-admin-messages.ts';

interface Fields {
  readonly name: string;
  readonly role: AdminAccount['role'];
  readonly password: string;
}

interface Made {
  readonly name: string;
  readonly password: string;
}

export function AddPerson() {
  const {
    admin: { people: words },
  } = useAdminMessages();
  const people = usePeople();
  const [made, setMade] = useState<Made>();
  const [fault, setFault] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const faultId = useId();
  const hintId = useId();

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget;
    const fields = Object.fromEntries(new FormData(form)) as unknown as Fields;
    setBusy(true);
    setFault(undefined);
    setMade(undefined);
    try {
      const { name, role, password } = fields;
      const { account, generatedPassword } = await people.add({
        name,
        role,
        ...(password !== '' && { password }),
      });
      if (generatedPassword !== undefined) setMade({ name: account.name, password: generatedPassword });
      else tell(words.added(account.name));
      form.reset();
    } catch (error) {
      setFault(people.wordFault(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      {made && <LoginCard title={words.added(made.name)} {...made} />}
      <form
        className="add-person"
        aria-label={words.addTitle}
        aria-describedby={fault && faultId}
        onSubmit={(event) => void submit(event)}
      >
        <h3 className="panel-subtitle">{words.addTitle}</h3>
        <p id={hintId} className="setting-hint">
          {words.chosenHint}
        </p>
        <label className="field">
          <span className="field-label">{words.name}</span>
          <input className="input" name="name" required maxLength={255} autoComplete="off" />
        </label>
        <label className="field">
          <span className="field-label">{words.role}</span>
          <select className="select select-wide" name="role">
            <option value="listener">{words.roles.listener}</option>
            <option value="admin">{words.roles.admin}</option>
          </select>
        </label>
        <label className="field">
          <span className="field-label">{words.chosen}</span>
          <input
            className="input"
            name="password"
            type="password"
            autoComplete="new-password"
            minLength={8}
            maxLength={1_024}
            aria-describedby={hintId}
          />
        </label>
        <button type="submit" className="button" disabled={isBusy}>
          {words.add}
        </button>
        <p id={faultId} className="field-fault" role="alert">
          {fault}
        </p>
      </form>
    </>
  );
}
