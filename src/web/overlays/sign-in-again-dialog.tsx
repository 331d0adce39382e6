import { routes, type Session } from '../../api/index.ts';
import { call } from '../data/client.ts';
import { useMessages } from '../messages/use-messages.ts';
import { PasswordDialog } from './password-dialog.tsx';

interface SignInAgainProps {
  readonly username: string;
  /** Told once: the new session, or that the person turned away. */
  readonly onEnd: (session: Session | undefined) => void;
  readonly onClose: () => void;
}

/** Where a session ended while the page is open: page, queue and what still sounds stay as they are. */
export function SignInAgainDialog({ username, onEnd, onClose }: SignInAgainProps) {
  const { signIn } = useMessages();
  return (
    <PasswordDialog
      title={signIn.title}
      text={signIn.expired}
      submitLabel={signIn.submit}
      wrongText={signIn.wrong}
      username={username}
      ask={(password) => call(routes.signIn, { body: { username, password } })}
      onEnd={onEnd}
      onClose={onClose}
    />
  );
}
