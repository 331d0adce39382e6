import { Link } from '@tanstack/react-router';
import { type CSSProperties, useId, useState } from 'react';
import type { AdminAccount } from '../../api/index.ts';
import { useFormats } from '../messages/use-messages.ts';
import { Icon } from '../parts/icon.tsx';
import { hueOf } from '../parts/hue.ts';
import { SelectField } from '../panels/select-field.tsx';
import { openOverlay } from '../shell/overlays.ts';
import { LoginCard } from './login-card.tsx';
import { usePeople } from './use-people.ts';
import { useAdminMessages } from './use-admin-messages.ts';

interface PersonProps {
  readonly account: AdminAccount;
  readonly isSelf: boolean;
}

/** One person, and, unfolded, what can be done for them. */
export function Person({ account, isSelf }: PersonProps) {
  const {
    admin: { people: words },
  } = useAdminMessages();
  const { date } = useFormats();
  const [isOpen, setOpen] = useState(false);
  const actionsId = useId();
  const { name, role, createdAtMs, disabledAtMs } = account;
  return (
    <li className="person">
      <div className={`person-head ${disabledAtMs === undefined ? '' : 'is-disabled'}`}>
        <span
          className="person-letter"
          style={{ '--hue': hueOf(account.id) } as CSSProperties}
          aria-hidden="true"
        >
          {firstLetterOf(name)}
        </span>
        <div className="line-text">
          <h3 className="device-name" dir="auto">
            {name}
            {isSelf && <span className="badge">{words.you}</span>}
            {role === 'admin' && <span className="badge">{words.roles.admin}</span>}
            {disabledAtMs !== undefined && <span className="badge badge-danger">{words.disabled}</span>}
          </h3>
          <p className="setting-hint">
            {disabledAtMs === undefined
              ? words.since(date(createdAtMs))
              : words.disabledSince(date(disabledAtMs))}
          </p>
        </div>
        <button
          type="button"
          className="button person-manage"
          aria-label={words.manageOf(name)}
          aria-expanded={isOpen}
          aria-controls={actionsId}
          onClick={() => setOpen(!isOpen)}
        >
          <span className="person-manage-text">{words.manage}</span>
          <Icon name="chevronDown" />
        </button>
      </div>
      <div id={actionsId} className="person-actions" hidden={!isOpen}>
        {isSelf ? <OwnNote /> : <PersonActions account={account} />}
      </div>
    </li>
  );
}

function firstLetterOf(name: string): string | undefined {
  const [first] = new Intl.Segmenter().segment(name);
  return first?.segment.toLocaleUpperCase();
}

/** Nobody locks themselves out from here. */
function OwnNote() {
  const {
    admin: { people: words },
    settings,
  } = useAdminMessages();
  return (
    <p className="panel-lead">
      {words.own}{' '}
      <Link to="/settings" className="text-link">
        {settings.title}
      </Link>
      .
    </p>
  );
}

function PersonActions({ account }: { readonly account: AdminAccount }) {
  const {
    admin: { people: words },
  } = useAdminMessages();
  const people = usePeople();
  const [password, setPassword] = useState<string>();
  const { name, role, disabledAtMs } = account;

  function confirmPassword(): void {
    openOverlay({
      kind: 'confirm',
      title: words.passwordTitle(name),
      text: words.passwordText,
      action: words.passwordAction,
      run: () => void people.resetPassword(account).then(setPassword),
    });
  }

  function confirmDisable(): void {
    openOverlay({
      kind: 'confirm',
      title: words.disableTitle(name),
      text: words.disableText,
      action: words.disable,
      run: () => void people.change(account, { disabled: true }, words.nowDisabled(name)),
    });
  }

  return (
    <>
      <SelectField<AdminAccount['role']>
        label={words.role}
        hint={words.roleHint}
        value={role}
        options={[
          ['listener', words.roles.listener],
          ['admin', words.roles.admin],
        ]}
        onChange={(chosen) =>
          void people.change(account, { role: chosen }, words.nowRole(name, words.roles[chosen]))
        }
      />
      {password !== undefined && (
        <LoginCard title={words.newPassword(name)} name={name} password={password} />
      )}
      <div className="panel-row">
        <button type="button" className="button" onClick={confirmPassword}>
          {words.password}
        </button>
        {disabledAtMs === undefined ? (
          <button type="button" className="button button-danger" onClick={confirmDisable}>
            {words.disable}
          </button>
        ) : (
          <button
            type="button"
            className="button"
            onClick={() => void people.change(account, { disabled: false }, words.nowEnabled(name))}
          >
            {words.enable}
          </button>
        )}
      </div>
    </>
  );
}
