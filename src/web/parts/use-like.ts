import { useQueryClient } from '@tanstack/react-query';
import { type Annotated, setLiked } from '../data/annotations.ts';
import { useMessages } from '../messages/use-messages.ts';
import { tell } from '../shell/toasts.ts';

/** Likes and unlikes; the latter can be undone. */
export function useLike() {
  const queryClient = useQueryClient();
  const { told } = useMessages();
  const save = (ids: readonly string[], liked: boolean) =>
    setLiked(queryClient, ids, liked).catch(() => tell(told.failed));
  return {
    like: (items: readonly Annotated[]) =>
      void save(
        items.map(({ id }) => id),
        true,
      ),
    /** `name` is of a single one. */
    unlike: (items: readonly Annotated[], name: string) => {
      const ids = items.map(({ id }) => id);
      void save(ids, false);
      tell(ids.length === 1 ? told.unliked(name) : told.unlikedMany(ids.length), () => void save(ids, true));
    },
  };
}
