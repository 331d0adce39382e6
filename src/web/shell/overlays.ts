import type { Album, Artist, Playlist, Session, Track } from '../../api/index.ts';
import { createStore } from '../data/store.ts';

/** Where a menu opens: at a point of the window, or beside the element that asked. */
export type Anchor = { readonly x: number; readonly y: number } | Element;

/** What lies over a page. All of it is loaded when the first of them opens. */
export type Overlay =
  | {
      readonly kind: 'track-menu';
      readonly at: Anchor;
      readonly tracks: readonly Track[];
      /** Adds the entry that takes them out of where they are listed. */
      readonly remove?: { readonly label: string; readonly run: () => void };
    }
  | { readonly kind: 'album-menu'; readonly at: Anchor; readonly album: Album }
  | { readonly kind: 'artist-menu'; readonly at: Anchor; readonly artist: Artist }
  | { readonly kind: 'playlist-menu'; readonly at: Anchor; readonly playlist: Playlist }
  | { readonly kind: 'add-to-playlist'; readonly trackIds: readonly string[] }
  | { readonly kind: 'edit-playlist'; readonly playlist?: Playlist; readonly trackIds?: readonly string[] }
  | { readonly kind: 'confirm-password'; readonly onEnd: (session: Session | undefined) => void }
  | {
      readonly kind: 'sign-in-again';
      readonly username: string;
      readonly onEnd: (session: Session | undefined) => void;
    }
  | {
      readonly kind: 'confirm';
      readonly title: string;
      readonly text: string;
      readonly action: string;
      readonly run: () => void;
    }
  | { readonly kind: 'more' }
  | { readonly kind: 'playing-on' }
  | { readonly kind: 'shortcuts' };

export const overlay = createStore<Overlay | undefined>(undefined);

export function openOverlay(wanted: Overlay): void {
  overlay.set(wanted);
}

export function closeOverlay(): void {
  overlay.set(undefined);
}
