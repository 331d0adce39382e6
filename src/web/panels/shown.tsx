import { useMessages } from '../messages/use-messages.ts';
import { tell } from '../shell/toasts.ts';

/** Something to be typed elsewhere. */
export function Shown({ label, value }: { readonly label: string; readonly value: string }) {
  const { appPasswords: words } = useMessages();
  return (
    <div className="field">
      <span className="field-label">{label}</span>
      <div className="panel-row">
        <code className="code panel-grow">{value}</code>
        <button
          type="button"
          className="button"
          aria-label={`${words.copy}: ${label}`}
          onClick={() => void navigator.clipboard.writeText(value).then(() => tell(words.copied))}
        >
          {words.copy}
        </button>
      </div>
    </div>
  );
}
