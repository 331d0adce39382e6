import { useQueryClient } from '@tanstack/react-query';
import { routes, type Session } from '../../api/index.ts';
import { call } from '../data/client.ts';
import { sessionQuery } from '../data/queries.ts';
import { useMessages } from '../messages/use-messages.ts';
import { PasswordDialog } from './password-dialog.tsx';

interface ConfirmPasswordProps {
  /** Told once: the session, which is fresh now, or that the person turned away. */
  readonly onEnd: (session: Session | undefined) => void;
  readonly onClose: () => void;
}

/** Where a session is too old for what is to be done. */
export function ConfirmPasswordDialog({ onEnd, onClose }: ConfirmPasswordProps) {
  const { fresh } = useMessages();
  const queryClient = useQueryClient();
  async function confirm(password: string): Promise<Session> {
    const session = await call(routes.confirmPassword, { body: { password } });
    queryClient.setQueryData(sessionQuery.queryKey, session);
    return session;
  }
  return (
    <PasswordDialog
      title={fresh.title}
      text={fresh.text}
      submitLabel={fresh.submit}
      wrongText={fresh.wrong}
      ask={confirm}
      onEnd={onEnd}
      onClose={onClose}
    />
  );
}
