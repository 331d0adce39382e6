import type { QueryClient } from '@tanstack/react-query';
import type { ServerEvent } from '../../api/index.ts';
import { basePath } from './client.ts';

type Listener = (event: ServerEvent) => void;

const listeners = new Set<Listener>();

/** For parts that show what the server tells by itself; answers the unsubscriber. */
export function onServerEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

let source: EventSource | undefined;

/**
 * Listens for as long as the window is open. The browser connects again by itself, but not after a refusal: with a new
 * session this is called again.
 */
export function listenToServer(queryClient: QueryClient): void {
  if (source && source.readyState !== EventSource.CLOSED) return;
  source = new EventSource(`${basePath}/api/v1/events`);
  source.addEventListener('message', ({ data }: MessageEvent<string>) => {
    let event: ServerEvent;
    try {
      event = JSON.parse(data) as ServerEvent;
    } catch {
      return;
    }
    if (event.kind === 'library-changed') void queryClient.invalidateQueries({ queryKey: ['library'] });
    for (const listener of listeners) listener(event);
  });
}
