import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { accountHere } from '../data/known-account.ts';
import { createStore } from '../data/store.ts';
import type { KeepProgress } from '../kept/index.ts';
import { useMessages } from '../messages/use-messages.ts';
import { openOwnMusic } from '../player/connect-engine.ts';
import { tell } from '../shell/toasts.ts';
import { type KeptAbout, keptQuery } from './kept-query.ts';

/** A list that is being fetched in this window. */
export interface Keeping {
  /** 0 to 1; undefined before the first piece. */
  readonly fraction: number | undefined;
  readonly stop: () => void;
}

/** By the wire id of the list. It goes on while the listener goes from page to page. */
export const keepings = createStore<ReadonlyMap<string, Keeping>>(new Map());

export function useKeeping() {
  const queryClient = useQueryClient();
  const { kept: words, told } = useMessages();

  async function keep(id: string, name: string, load: () => Promise<KeptAbout['tracks']>): Promise<void> {
    if (keepings.current.has(id)) return;
    const stopped = new AbortController();
    setKeeping(id, { fraction: undefined, stop: () => stopped.abort() });
    tell(words.began(name), () => void remove(id, name));
    try {
      const about: KeptAbout = { name, tracks: await load() };
      await fetchList(queryClient, id, about, stopped.signal);
      tell(words.done(name));
    } catch (error) {
      if (!stopped.signal.aborted) tell(reasonOf(error, name));
    } finally {
      setKeeping(id, undefined);
      await queryClient.invalidateQueries({ queryKey: keptQuery.queryKey });
    }
  }

  async function remove(id: string, name: string): Promise<void> {
    keepings.current.get(id)?.stop();
    try {
      const { kept } = await openOwnMusic(await accountHere(queryClient));
      await kept.remove(id);
      tell(words.removed(name));
    } catch {
      tell(told.failed);
    }
    await queryClient.invalidateQueries({ queryKey: keptQuery.queryKey });
  }

  function reasonOf(error: unknown, name: string): string {
    const kind = error instanceof Error ? error.name : undefined;
    if (kind === 'KeptSpaceFull') return words.full;
    return kind === 'TrackFault' ? words.incomplete(name) : told.failed;
  }

  return { keep, remove };
}

async function fetchList(
  queryClient: QueryClient,
  id: string,
  about: KeptAbout,
  signal: AbortSignal,
): Promise<void> {
  const { kept, source } = await openOwnMusic(await accountHere(queryClient));
  const trackIds = about.tracks.map((track) => track.id);
  const onProgress = (progress: KeepProgress) => {
    const keeping = keepings.current.get(id);
    const fraction = fractionOf(progress, new Set(trackIds).size);
    if (keeping) setKeeping(id, { ...keeping, fraction });
  };
  await kept.keep({ id, trackIds, about }, { source, signal, onProgress });
}

/** How large the tracks are that were not begun is not known yet: each counts like those before it. */
function fractionOf({ keptPieces, pieces, keptTracks }: KeepProgress, trackCount: number): number {
  return (keptPieces / Math.max(1, pieces)) * Math.min(1, (keptTracks + 1) / Math.max(1, trackCount));
}

function setKeeping(id: string, keeping: Keeping | undefined): void {
  const next = new Map(keepings.current);
  if (keeping) next.set(id, keeping);
  else next.delete(id);
  keepings.set(next);
}
