import { useQueryClient } from '@tanstack/react-query';
import { type AdminAccount, ApiError, type CallInput, routes } from '../../api/index.ts';
import { call } from '../data/client.ts';
import { withFreshSession } from '../data/fresh-session.ts';
import { tell } from '../shell/toasts.ts';
import { accountsQuery } from './queries.ts';
import { useAdminMessages } from './use-admin-messages.ts';

type Change = CallInput<typeof routes.changeAccount>['body'];
type NewAccount = CallInput<typeof routes.addAccount>['body'];

/** What an administrator does with accounts. Each asks for the password where it was not given lately. */
export function usePeople() {
  const {
    admin: { people: words },
    states,
    told,
  } = useAdminMessages();
  const queryClient = useQueryClient();
  const refresh = () => queryClient.invalidateQueries({ queryKey: accountsQuery.queryKey });

  /** Undefined where the person would rather not give their password: they know. */
  function wordFault(error: unknown): string | undefined {
    if (!(error instanceof ApiError)) return told.failed;
    switch (error.code) {
      case 'password-needed':
        return undefined;
      case 'user-exists':
        return words.faults.exists;
      case 'weak-passphrase':
        return words.faults.weak;
      case 'bad-request':
        return words.faults.name;
      case 'not-allowed':
        return words.faults.last;
      default:
        return error.status === 0 ? states.offlineTitle : told.failed;
    }
  }

  function tellFault(error: unknown): void {
    const fault = wordFault(error);
    if (fault !== undefined) tell(fault);
  }

  return {
    wordFault,

    async change({ id }: AdminAccount, body: Change, done: string): Promise<void> {
      try {
        await withFreshSession(() => call(routes.changeAccount, { params: { id }, body }));
        tell(done);
      } catch (error) {
        tellFault(error);
      }
      await refresh();
    },

    /** The new password, which nobody sees again. */
    async resetPassword({ id }: AdminAccount): Promise<string | undefined> {
      try {
        const reset = () => call(routes.resetPassword, { params: { id }, body: {} });
        return (await withFreshSession(reset)).generatedPassword;
      } catch (error) {
        tellFault(error);
        return undefined;
      }
    },

    /** Rejects as the server does. */
    async add(body: NewAccount) {
      const added = await withFreshSession(() => call(routes.addAccount, { body }));
      await refresh();
      return added;
    },
  };
}
