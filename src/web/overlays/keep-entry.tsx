import { useQuery } from '@tanstack/react-query';
import type { Track } from '../../api/index.ts';
import { keptQuery } from '../keeping/kept-query.ts';
import { useKeeping } from '../keeping/use-keeping.ts';
import { useMessages } from '../messages/use-messages.ts';
import { Entry } from './menu-frame.tsx';

interface KeepEntryProps {
  readonly id: string;
  readonly name: string;
  readonly load: () => Promise<readonly Track[]>;
}

/** Keeps what the menu is of on this device, or removes it; of what is there in part, it fetches the rest. */
export function KeepEntry({ id, name, load }: KeepEntryProps) {
  const { kept: words } = useMessages();
  const { data } = useQuery(keptQuery);
  const { keep, remove } = useKeeping();
  const isKept = data?.lists.some((list) => list.id === id && list.complete) ?? false;
  return isKept ? (
    <Entry icon="trash" text={words.remove} run={() => void remove(id, name)} />
  ) : (
    <Entry icon="offline" text={words.keep} run={() => void keep(id, name, load)} />
  );
}
