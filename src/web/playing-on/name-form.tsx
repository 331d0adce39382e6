import { useState } from 'react';
import { useMessages } from '../messages/use-messages.ts';

const LONGEST_NAME = 100;

interface NameFormProps {
  readonly label: string;
  readonly value: string;
  /** Not called for no name, nor for the one that it has. */
  readonly onRename: (name: string) => void;
}

/** A name that can be changed, and is when somebody says so. */
export function NameForm({ label, value, onRename }: NameFormProps) {
  const { sessions: words } = useMessages();
  const [name, setName] = useState<string>();

  function rename(): void {
    const wanted = name?.trim();
    if (wanted && wanted !== value) onRename(wanted);
    setName(undefined);
  }

  return (
    <form
      className="panel-row"
      onSubmit={(event) => {
        event.preventDefault();
        rename();
      }}
    >
      <label className="field panel-grow">
        <span className="field-label">{label}</span>
        <input
          className="input"
          value={name ?? value}
          maxLength={LONGEST_NAME}
          onChange={({ target }) => setName(target.value)}
        />
      </label>
      <button
        type="submit"
        className="button"
        disabled={name === undefined}
        aria-label={words.renameTo(label)}
      >
        {words.rename}
      </button>
    </form>
  );
}
