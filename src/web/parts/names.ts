import { useMessages } from '../messages/use-messages.ts';

/** What to show for things that have no name in their tags. */
export function useNames() {
  const { unknown } = useMessages();
  return {
    title: (track: { readonly title: string }) => track.title.trim() || unknown.title,
    artist: (item: { readonly displayArtist: string }) => item.displayArtist.trim() || unknown.artist,
    album: (name: string) => name.trim() || unknown.album,
    artistName: (name: string) => name.trim() || unknown.artist,
  };
}
