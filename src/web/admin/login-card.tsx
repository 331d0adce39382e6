import { basePath } from '../data/client.ts';
import { useMessages } from '../messages/use-messages.ts';
import { Shown } from '../panels/shown.tsx';

interface LoginCardProps {
  readonly title: string;
  readonly name: string;
  readonly password: string;
}

/** What to hand over to somebody, who is told once. */
export function LoginCard({ title, name, password }: LoginCardProps) {
  const { appPasswords: words } = useMessages();
  return (
    <div className="shown-once" role="status">
      <p>
        <strong>{title}</strong> {words.shownOnce}
      </p>
      <Shown label={words.web} value={`${location.origin}${basePath}`} />
      <Shown label={words.user} value={name} />
      <Shown label={words.password} value={password} />
    </div>
  );
}
