import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from '../../api/index.ts';

const MAX_RETRIES = 2;
/** Pages that were left are kept so long: the way back is at once, and scrolls to where it was. */
const KEPT_MS = 30 * 60_000;

/** `onSessionEnded` is called whenever the server no longer knows who asks. */
export function createQueryClient(onSessionEnded: () => void): QueryClient {
  const onError = (error: Error) => {
    if (error instanceof ApiError && error.status === 401) onSessionEnded();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 60_000,
        gcTime: KEPT_MS,
        retry: (failures, error) =>
          failures < MAX_RETRIES && !(error instanceof ApiError && !error.retryable),
        retryDelay: (failures) => 300 * 2 ** failures,
        refetchOnWindowFocus: false,
        // The browser's word about the network is wrong on loopback and in many a home.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });
}
