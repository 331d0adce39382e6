import type { ReactNode } from 'react';
import { ApiError } from '../../api/index.ts';
import { NotFound } from '../app/fallbacks.tsx';
import { useMessages } from '../messages/use-messages.ts';
import { Notice } from './notice.tsx';

/** The part of a TanStack query's result that decides what is shown. */
export interface Loadable<Data> {
  readonly data: Data | undefined;
  readonly error: Error | null;
  readonly refetch: () => Promise<unknown>;
}

interface LoadedProps<Data> {
  readonly query: Loadable<Data>;
  /** As large as what will come. */
  readonly skeleton: ReactNode;
  readonly children: (data: Data) => ReactNode;
}

/** What is there, or a skeleton, or why it is not and a way to ask again. Old data wins over a new error. */
export function Loaded<Data>({ query: { data, error, refetch }, skeleton, children }: LoadedProps<Data>) {
  const { states } = useMessages();
  if (data !== undefined) return children(data);
  if (error) return <LoadingFailed error={error} retry={() => void refetch()} />;
  return (
    <>
      <span className="visually-hidden" role="status">
        {states.loading}
      </span>
      <div aria-hidden="true">{skeleton}</div>
    </>
  );
}

interface LoadingFailedProps {
  readonly error: Error;
  readonly retry: () => void;
}

export function LoadingFailed({ error, retry }: LoadingFailedProps) {
  const { actions, states } = useMessages();
  if (error instanceof ApiError && error.status === 404) return <NotFound />;
  const isOffline = error instanceof ApiError && error.status === 0;
  return (
    <Notice
      icon={isOffline ? 'unreachable' : 'warning'}
      title={isOffline ? states.offlineTitle : states.errorTitle}
      text={isOffline ? states.offlineText : states.errorText}
    >
      <button type="button" className="button" onClick={retry}>
        {actions.retry}
      </button>
    </Notice>
  );
}
